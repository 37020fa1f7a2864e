/** Electron as the shell sees it, recording what is asked of it: the edge of our code, where the browser begins. */
import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import type { BrowserWindowConstructorOptions, Privileges } from 'electron';
import type { FromShell } from '../../main/desktop/engine-host.ts';
import type { Electron } from '../../main/desktop/surface.ts';

type Answer = (request: Request) => Promise<Response>;
type Handle = (event: unknown, input: unknown) => Promise<unknown>;
interface Sent {
  message: FromShell;
  ports: unknown[];
}
export interface Child extends EventEmitter {
  script: string;
  sent: Sent[];
  killed: boolean;
}
export interface Opened extends EventEmitter {
  options: BrowserWindowConstructorOptions;
  url: string;
  did: string[];
}

export interface Recorded {
  electron: Electron;
  app: EventEmitter;
  ipc: EventEmitter;
  log: string[];
  children: Child[];
  windows: Opened[];
  schemes: { scheme: string; privileges?: Privileges }[];
  handles: Map<string, Handle>;
  permission: { request?: unknown; check?: unknown; device?: unknown };
  ask: Answer;
  /** What is in the system's keychain, as far as this one goes: `sealed:` before the text. */
  keychain: { available: boolean; backend: string };
}

export interface Folders {
  root: string;
  userData: string;
  first?: boolean;
}

export function recordElectron({ root, userData, first = true }: Folders): Recorded {
  const app = new EventEmitter();
  const ipc = new EventEmitter();
  const recorded = {
    app,
    ipc,
    log: [] as string[],
    children: [] as Child[],
    windows: [] as Opened[],
    schemes: [] as Recorded['schemes'],
    handles: new Map<string, Handle>(),
    permission: {} as Recorded['permission'],
    keychain: { available: true, backend: 'gnome_libsecret' },
    answers: new Map<string, Answer>(),
  };
  const note = (line: string): void => void recorded.log.push(line);

  class BrowserWindow extends EventEmitter {
    static getAllWindows = (): unknown[] => recorded.windows;
    options: BrowserWindowConstructorOptions;
    url = '';
    did: string[] = [];
    constructor(options: BrowserWindowConstructorOptions) {
      super();
      this.options = options;
      note('window');
      recorded.windows.push(this);
    }
    async loadURL(url: string): Promise<void> {
      this.url = url;
    }
    show = (): void => void this.did.push('show');
    focus = (): void => void this.did.push('focus');
    restore = (): void => void this.did.push('restore');
    isMinimized = (): boolean => true;
  }

  const electron = {
    app: Object.assign(app, {
      requestSingleInstanceLock: () => first,
      whenReady: async () => note('ready'),
      quit: () => {
        note('quit');
        let prevented = false;
        app.emit('before-quit', { preventDefault: () => (prevented = true) });
        if (!prevented) note('gone');
      },
      exit: (code: number) => note(`exit ${code}`),
      getAppPath: () => root,
      getPath: () => userData,
    }),
    BrowserWindow,
    dialog: { showErrorBox: (title: string, text: string) => note(`${title}: ${text}`) },
    ipcMain: Object.assign(ipc, {
      handle: (channel: string, handle: Handle) => void recorded.handles.set(channel, handle),
    }),
    MessageChannelMain: MessageChannel,
    protocol: {
      registerSchemesAsPrivileged: (schemes: Recorded['schemes']) => {
        note('scheme');
        recorded.schemes.push(...schemes);
      },
      handle: (scheme: string, answer: Answer) => {
        note('serve');
        recorded.answers.set(scheme, answer);
      },
    },
    safeStorage: {
      isAsyncEncryptionAvailable: async () => recorded.keychain.available,
      getSelectedStorageBackend: () => recorded.keychain.backend,
      encryptStringAsync: async (text: string) =>
        Buffer.from(`sealed:${encodeURIComponent(text).split('').reverse().join('')}`),
      decryptStringAsync: async (sealed: Buffer) => {
        const text = sealed.toString();
        if (!text.startsWith('sealed:')) throw new Error('sealed by another keychain');
        return {
          result: decodeURIComponent(text.slice(7).split('').reverse().join('')),
          shouldReEncrypt: false,
        };
      },
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: unknown) => (recorded.permission.request = handler),
        setPermissionCheckHandler: (handler: unknown) => (recorded.permission.check = handler),
        setDevicePermissionHandler: (handler: unknown) => (recorded.permission.device = handler),
      },
    },
    utilityProcess: {
      fork: (script: string) => {
        note('fork');
        const child: Child = Object.assign(new EventEmitter(), { script, sent: [] as Sent[], killed: false });
        recorded.children.push(child);
        return Object.assign(child, {
          postMessage: (message: FromShell, ports: unknown[]) => void child.sent.push({ message, ports }),
          kill: () => (child.killed = true),
        });
      },
    },
  };
  return {
    ...recorded,
    // A recording answers to the few names the shell uses; the real one has hundreds.
    electron: electron as unknown as Electron,
    ask: (request) => {
      const scheme = request.url.split(':', 1)[0] ?? '';
      const answer = recorded.answers.get(scheme);
      if (answer === undefined) throw new Error(`nothing serves ${scheme}`);
      return answer(request);
    },
  };
}

export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A folder as the app has it: two screens' files and something beside them. */
export const pages = { 'index.html': '<!doctype html><title>Kneepoint</title>', 'app.js': 'void 0;' };
