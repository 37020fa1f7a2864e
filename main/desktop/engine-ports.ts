/** A page asks for the engine and gets one end of a channel; the engine's process gets the other. */
import type { EngineProcess } from './engine-process.ts';
import { isOurPage } from './sender.ts';
import type { Electron } from './surface.ts';

export function setUpEnginePorts(
  { ipcMain, MessageChannelMain }: Pick<Electron, 'ipcMain' | 'MessageChannelMain'>,
  engine: Pick<EngineProcess, 'connect'>,
): void {
  ipcMain.on('kneepoint:want-port', (event) => {
    if (!isOurPage(event)) return;
    const { port1, port2 } = new MessageChannelMain();
    engine.connect(port1);
    event.senderFrame?.postMessage('kneepoint:port', null, [port2]);
  });
}
