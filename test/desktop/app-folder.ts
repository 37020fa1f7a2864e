import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pages, type Recorded, recordElectron, settled } from './recorded-electron.ts';
import { createShell } from '../../main/desktop/shell.ts';
import { scratch, type Scratch } from '../fixtures/scratch.ts';

/** A started shell over a folder with built screens in it; gone after the test. */
export async function startedShell(first = true): Promise<Recorded & Scratch & { userData: string }> {
  const folder = await scratch();
  const screens = join(folder.folder, 'dist', 'renderer');
  const userData = join(folder.folder, 'user');
  await mkdir(screens, { recursive: true });
  await mkdir(userData);
  for (const [name, text] of Object.entries(pages)) await writeFile(join(screens, name), text);
  await folder.file('secret.html', 'not yours');
  const recorded = recordElectron({ root: folder.folder, userData, first });
  await createShell(recorded.electron);
  await settled();
  return { ...recorded, ...folder, userData };
}

/** An event as ipcMain gives it, from our page unless said otherwise. */
export function ipcEvent(url = 'app://workbench/', inFrame = false) {
  const posted: { channel: string; ports: unknown[] }[] = [];
  const senderFrame = {
    url,
    postMessage: (channel: string, _message: unknown, ports: unknown[]) =>
      void posted.push({ channel, ports }),
  };
  return { posted, event: { senderFrame, sender: { mainFrame: inFrame ? { url } : senderFrame } } };
}
