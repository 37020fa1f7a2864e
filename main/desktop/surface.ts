import type * as electron from 'electron';

/** What the shell uses of Electron. main.ts hands it over; tests hand over recordings. */
export type Electron = Pick<
  typeof electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'MessageChannelMain'
  | 'protocol'
  | 'safeStorage'
  | 'session'
  | 'utilityProcess'
>;
