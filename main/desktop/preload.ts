/** The bridge into the page, alone in its sandbox: passes the engine's port on, and names and sets keys. */
import { contextBridge, ipcRenderer } from 'electron';

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'kneepoint:want-port')
    ipcRenderer.send('kneepoint:want-port');
});
// contextBridge cannot carry a port; a message to the page's own window can.
ipcRenderer.on('kneepoint:port', (event) =>
  window.postMessage('kneepoint:port', window.origin, [...event.ports]),
);

contextBridge.exposeInMainWorld('kneepoint', {
  keys: (input: unknown) => ipcRenderer.invoke('kneepoint:keys', input),
});
