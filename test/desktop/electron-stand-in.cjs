// In the place of Electron's module for the built main process: says where it looks for its parts.
const { existsSync } = require('node:fs');
const { EventEmitter } = require('node:events');

const said = {};
let answer;
class BrowserWindow extends EventEmitter {
  static getAllWindows = () => [];
  constructor({ webPreferences }) {
    super();
    said.preload = existsSync(webPreferences.preload);
  }
  async loadURL(url) {
    said.url = url;
    said.page = (await answer(new Request(url))).status;
    process.stdout.write(JSON.stringify(said));
  }
}
module.exports = {
  app: Object.assign(new EventEmitter(), {
    requestSingleInstanceLock: () => true,
    whenReady: async () => undefined,
    getAppPath: () => process.env.APP,
    getPath: () => process.env.USER_DATA,
  }),
  BrowserWindow,
  dialog: { showErrorBox: (title, text) => process.stderr.write(`${title}: ${text}\n`) },
  ipcMain: Object.assign(new EventEmitter(), {
    handle: (channel) => (said.keys = channel === 'kneepoint:keys'),
  }),
  MessageChannelMain: MessageChannel,
  protocol: {
    registerSchemesAsPrivileged: () => undefined,
    handle: (_scheme, handler) => (answer = handler),
  },
  safeStorage: {},
  session: {
    defaultSession: {
      setPermissionRequestHandler: () => undefined,
      setPermissionCheckHandler: () => undefined,
      setDevicePermissionHandler: () => undefined,
    },
  },
  utilityProcess: {
    fork: (script) => {
      said.script = existsSync(script);
      return new EventEmitter();
    },
  },
};
