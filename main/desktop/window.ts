import { ORIGIN } from './page-protocol.ts';
import type { Electron } from './surface.ts';

/** The one window. Its page has no Node: it reaches the engine by a port, and the machine by one call. */
export function openWindow({ BrowserWindow }: Pick<Electron, 'BrowserWindow'>, preload: string): void {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    title: 'Kneepoint',
    show: false,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  // A failed load shows Chromium's own error page.
  window.loadURL(`${ORIGIN}/`).catch(() => window.show());
}
