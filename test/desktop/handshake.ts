/** The window, the preload script and the engine's process of one page, joined as Electron joins them. */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { createWorkbench } from '../../engine/workbench.ts';
import { hostEngine, type EmitterPort } from '../../main/desktop/engine-host.ts';
import { setUpEnginePorts } from '../../main/desktop/engine-ports.ts';
import { recordElectron } from './recorded-electron.ts';

/** A port of the web as Electron's main process has it: an emitter whose messages are events. */
const asMain = (port: MessagePort): EmitterPort => ({
  on: (event: string, listener: (event: { data: unknown }) => void) =>
    port.addEventListener(event, (got) => listener({ data: 'data' in got ? got.data : undefined })),
  postMessage: (message: unknown) => port.postMessage(message, []),
  start: () => port.start(),
  close: () => port.close(),
});

/** Answers the window that renderer code is to see, with the built preload script running behind it. */
export function pageWindow(preload: string, workspace: string) {
  const shell = new EventEmitter();
  const exits: number[] = [];
  hostEngine(shell, createWorkbench, (code) => exits.push(code));
  shell.emit('message', { data: { type: 'open', workspace, secrets: {} }, ports: [] });

  const { electron, ipc } = recordElectron({ root: '', userData: '' });
  // A port of the main process is handed on as it is: only this test looks into it.
  const connect = (port: unknown): void =>
    void shell.emit('message', { data: { type: 'port' }, ports: [asMain(port as MessagePort)] });
  setUpEnginePorts(electron, { connect });

  const target = new EventTarget();
  const window = Object.assign(target, {
    origin: 'app://workbench',
    location: { protocol: 'app:' },
    postMessage(data: unknown, origin: string, ports: MessagePort[] = []) {
      if (origin !== 'app://workbench') throw new Error(`posted to ${origin}`);
      const event = Object.assign(new Event('message'), { data, ports, source: target });
      setImmediate(() => target.dispatchEvent(event));
    },
  });
  const toPreload = new EventEmitter();
  const senderFrame = {
    url: 'app://workbench/index.html',
    postMessage: (channel: string, _message: null, ports: MessagePort[]) =>
      void toPreload.emit(channel, { ports }),
  };
  const ipcRenderer = Object.assign(toPreload, {
    send: (channel: string) => void ipc.emit(channel, { senderFrame, sender: { mainFrame: senderFrame } }),
  });
  const offered: string[] = [];
  const contextBridge = { exposeInMainWorld: (name: string) => offered.push(name) };
  const requireInside = (name: string): unknown =>
    name === 'electron' ? { contextBridge, ipcRenderer } : createRequire(import.meta.url)(name);
  compileFunction(preload, ['require', 'window'])(requireInside, window);
  return {
    window,
    offered,
    exits,
    close: () => void shell.emit('message', { data: { type: 'close' }, ports: [] }),
  };
}
