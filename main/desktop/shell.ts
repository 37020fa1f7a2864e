/** The desktop shell: a list of set-ups, one concern a file. */
import { join } from 'node:path';
import { listPageFiles } from '../serve/page-files.ts';
import { denyNavigation, denyPermissions } from './denials.ts';
import { setUpEnginePorts } from './engine-ports.ts';
import { startEngine } from './engine-process.ts';
import { setUpKeyCalls } from './key-calls.ts';
import { registerPageScheme, servePages } from './page-protocol.ts';
import { createSecrets } from './secrets.ts';
import type { Electron } from './surface.ts';
import { openWindow } from './window.ts';

/** Settles once the first window is open, or the app is on its way out. */
export async function createShell(electron: Electron): Promise<void> {
  const { app, dialog } = electron;
  // A workspace has one owner, and so has the app: a second start shows the window of the first.
  if (!app.requestSingleInstanceLock()) return app.quit();
  registerPageScheme(electron);
  denyNavigation(electron);
  await app.whenReady();
  try {
    await start(electron);
  } catch (thrown) {
    dialog.showErrorBox('Kneepoint cannot start', thrown instanceof Error ? thrown.message : String(thrown));
    app.exit(1);
  }
}

async function start(electron: Electron): Promise<void> {
  const { app, BrowserWindow } = electron;
  const root = app.getAppPath();
  const userData = app.getPath('userData');
  const files = await listPageFiles(join(root, 'dist', 'renderer')).catch(() => new Map());
  if (!files.has('/')) throw new Error('The screens are not built: run `npm run build` first.');

  const secrets = createSecrets(electron, join(userData, 'secrets.json'));
  const engine = startEngine(electron, {
    script: join(root, '.vite', 'build', 'host.cjs'),
    workspace: join(userData, 'workspace'),
    secrets: () => secrets.reveal(),
  });
  denyPermissions(electron);
  servePages(electron, files);
  setUpEnginePorts(electron, engine);
  setUpKeyCalls(electron, secrets, () => engine.sendSecrets());

  const show = (): void => {
    const [window] = BrowserWindow.getAllWindows();
    if (window === undefined) return openWindow(electron, join(root, '.vite', 'build', 'preload.cjs'));
    if (window.isMinimized()) window.restore();
    window.focus();
  };
  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => void (process.platform === 'darwin' || app.quit()));
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    // The engine first lets go of the workspace; then quitting is asked for again.
    event.preventDefault();
    const quit = (): void => {
      stopped = true;
      app.quit();
    };
    void engine.stop().then(quit);
  });
  show();
}
