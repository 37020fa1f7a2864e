import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { portEndpoint } from '../../engine/transport/index.ts';
import { createShell } from '../../main/desktop/shell.ts';
import { scratch } from '../fixtures/scratch.ts';
import { ipcEvent, startedShell } from './app-folder.ts';
import { recordElectron, settled } from './recorded-electron.ts';

describe('the start of the desktop app', () => {
  it('declares the scheme before the app is ready and serves pages before a window asks for one', async () => {
    await using shell = await startedShell();
    expect(shell.log).toEqual(['scheme', 'ready', 'fork', 'serve', 'window']);
    expect(shell.schemes).toEqual([
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
      },
    ]);
  });

  it('opens one window without Node, in a sandbox, isolated, on our page', async () => {
    await using shell = await startedShell();
    const [window] = shell.windows;
    expect(window?.url).toBe('app://workbench/');
    expect(window?.options.webPreferences).toEqual({
      preload: join(shell.folder, '.vite', 'build', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      spellcheck: false,
    });
    expect(window?.did).toEqual([]);
    window?.emit('ready-to-show');
    expect(window?.did).toEqual(['show']);
  });

  it('leaves to the first instance when there is one, and the first one shows its window', async () => {
    await using second = await startedShell(false);
    expect(second.log).toEqual(['quit', 'gone']);
    await using first = await startedShell();
    first.app.emit('second-instance');
    expect(first.windows).toHaveLength(1);
    expect(first.windows[0]?.did).toEqual(['restore', 'focus']);
  });

  it('says that the screens are not built instead of showing an empty window', async () => {
    await using folder = await scratch();
    const recorded = recordElectron({ root: folder.folder, userData: folder.folder });
    await createShell(recorded.electron);
    expect(recorded.log.slice(-2)).toEqual([
      'Kneepoint cannot start: The screens are not built: run `npm run build` first.',
      'exit 1',
    ]);
    expect(recorded.windows).toEqual([]);
  });

  it('quits only after the engine has let go of the workspace', async () => {
    await using shell = await startedShell();
    const [child] = shell.children;
    child?.emit('spawn');
    await expect.poll(() => child?.sent.length).toBe(1);
    shell.app.emit('window-all-closed');
    if (process.platform === 'darwin') return;
    expect(shell.log.slice(-1)).toEqual(['quit']);
    expect(child?.sent.at(-1)?.message).toEqual({ type: 'close' });
    child?.emit('exit', 0);
    await settled();
    expect(shell.log.slice(-3)).toEqual(['quit', 'quit', 'gone']);
    expect(shell.children).toHaveLength(1);
  });
});

describe('what pages may not do', () => {
  it('cannot go elsewhere, open windows or embed', async () => {
    await using shell = await startedShell();
    const contents = Object.assign(new EventEmitter(), {
      opener: null as null | (() => unknown),
      setWindowOpenHandler(handler: () => unknown) {
        this.opener = handler;
      },
    });
    shell.app.emit('web-contents-created', {}, contents);
    expect(contents.opener?.()).toEqual({ action: 'deny' });
    const stopped = (event: string, url: string): boolean => {
      let prevented = false;
      contents.emit(event, { url, preventDefault: () => (prevented = true) });
      return prevented;
    };
    expect(stopped('will-attach-webview', 'app://workbench/')).toBe(true);
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      expect(stopped(event, 'app://workbench/#/runs')).toBe(false);
      const elsewhere = [
        'https://example.com/',
        'file:///etc/passwd',
        'app://workbench.example.com/',
        'app://other/',
        'javascript:alert(1)',
        'http://workbench/',
        'no address',
      ];
      for (const url of elsewhere) expect([url, stopped(event, url)]).toEqual([url, true]);
    }
  });

  it('is refused every permission and device', async () => {
    await using shell = await startedShell();
    // The shapes of Electron's own handlers.
    const request = shell.permission.request as (c: null, p: string, answer: (yes: boolean) => void) => void;
    const check = shell.permission.check as (c: null, p: string) => boolean;
    const device = shell.permission.device as () => boolean;
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'fileSystem']) {
      const answers: boolean[] = [];
      request(null, permission, (yes) => answers.push(yes));
      expect([permission, answers, check(null, permission)]).toEqual([permission, [false], false]);
    }
    expect(device()).toBe(false);
  });
});

describe('the pages', () => {
  it('come with a policy that lets them reach nothing else', async () => {
    await using shell = await startedShell();
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/index.html', 'text/html; charset=utf-8'],
      ['/app.js', 'text/javascript; charset=utf-8'],
    ]) {
      const answer = await shell.ask(new Request(`app://workbench${path}`));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      const policy = answer.headers.get('content-security-policy')?.split('; ') ?? [];
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("connect-src 'self'");
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(await (await shell.ask(new Request('app://workbench/app.js'))).text()).toBe('void 0;');
  });

  it('are those that were built, whatever the address says', async () => {
    await using shell = await startedShell();
    expect(await readFile(join(shell.folder, 'secret.html'), 'utf8')).toBe('not yours');
    for (const address of [
      'app://workbench/../../secret.html',
      'app://workbench/..%2f..%2fsecret.html',
      'app://workbench/%2e%2e/%2e%2e/secret.html',
      'app://workbench/..\\..\\secret.html',
      `app://workbench/${join(shell.folder, 'secret.html')}`,
      'app://workbench/missing.js',
      'app://other/app.js',
      'app://workbench/__proto__',
    ]) {
      const answer = await shell.ask(new Request(address));
      expect([address, answer.status]).toEqual([address, 404]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    const posted = await shell.ask(new Request('app://workbench/', { method: 'POST' }));
    expect(posted.status).toBe(405);
  });
});

const foreign: [who: string, event: () => ReturnType<typeof ipcEvent>['event']][] = [
  ['another site', () => ipcEvent('https://example.com/').event],
  ['a site with our name', () => ipcEvent('https://workbench/').event],
  ['a file', () => ipcEvent('file:///workbench/index.html').event],
  ['a frame inside our page', () => ipcEvent('app://workbench/', true).event],
  ['a page without an address', () => ipcEvent('').event],
];

describe('who may ask', () => {
  it.each(foreign)('gives no port to %s', async (_who, event) => {
    await using shell = await startedShell();
    shell.children[0]?.emit('spawn');
    await settled();
    shell.ipc.emit('kneepoint:want-port', event());
    shell.ipc.emit('kneepoint:want-port', { ...event(), senderFrame: null });
    expect(shell.children[0]?.sent.filter(({ message }) => message.type === 'port')).toEqual([]);
  });

  it.each(foreign)('answers no call of %s', async (_who, event) => {
    await using shell = await startedShell();
    for (const handle of shell.handles.values())
      expect(await handle(event(), { act: 'list' })).toMatchObject({
        ok: false,
        error: { code: 'host.refused' },
      });
  });

  it('hands both ends of one channel out: to our page and to the engine', async () => {
    await using shell = await startedShell();
    shell.children[0]?.emit('spawn');
    await expect.poll(() => shell.children[0]?.sent.length).toBe(1);
    const { event, posted } = ipcEvent();
    shell.ipc.emit('kneepoint:want-port', event);
    const handed = shell.children[0]?.sent.at(-1);
    expect(handed?.message).toEqual({ type: 'port' });
    expect(posted).toHaveLength(1);
    expect(posted[0]?.channel).toBe('kneepoint:port');
    // What one end says, the other hears.
    const [pageEnd, engineEnd] = [posted[0]?.ports[0], handed?.ports[0]];
    if (!(pageEnd instanceof MessagePort) || !(engineEnd instanceof MessagePort)) throw new Error('no port');
    const port = portEndpoint(engineEnd);
    const heard = new Promise((resolve) => port.onMessage(resolve));
    portEndpoint(pageEnd).send('hello');
    expect(await heard).toBe('hello');
    port.close();
  });
});

describe('keys', () => {
  const call = (shell: Awaited<ReturnType<typeof startedShell>>, input: unknown): Promise<unknown> =>
    shell.handles.get('kneepoint:keys')?.(ipcEvent().event, input) ?? Promise.reject(new Error('no handler'));

  it('go to the engine and to a sealed file, and never back to the page', async () => {
    await using shell = await startedShell();
    const [child] = shell.children;
    child?.emit('spawn');
    await expect.poll(() => child?.sent.length).toBe(1);
    const value = 'sk-0123456789';
    const answers = [
      await call(shell, { act: 'set', variable: 'OPENAI_API_KEY', value }),
      await call(shell, { act: 'list' }),
    ];
    expect(answers).toEqual([
      { ok: true, stored: ['OPENAI_API_KEY'] },
      { ok: true, stored: ['OPENAI_API_KEY'] },
    ]);
    expect(child?.sent.at(-1)?.message).toEqual({ type: 'secrets', secrets: { OPENAI_API_KEY: value } });
    expect(JSON.stringify(answers)).not.toContain(value);
    expect(await readFile(join(shell.userData, 'secrets.json'), 'utf8')).not.toContain(value);
    expect(await call(shell, { act: 'clear', variable: 'OPENAI_API_KEY' })).toEqual({ ok: true, stored: [] });
    expect(child?.sent.at(-1)?.message).toEqual({ type: 'secrets', secrets: {} });
  });

  it('are refused under names that are no variables, and what was sent is not said again', async () => {
    await using shell = await startedShell();
    for (const input of [
      { act: 'set', variable: '__proto__', value: 'sk-1' },
      { act: 'set', variable: 'path', value: 'sk-1' },
      { act: 'set', variable: 'A', value: '' },
      { act: 'set', variable: 'A', value: 'sk-1', more: 1 },
      { act: 'reveal', variable: 'A' },
      'sk-1',
      undefined,
    ]) {
      const answer = await call(shell, input);
      expect(answer).toMatchObject({ ok: false, error: { code: 'input.invalid' } });
      expect(JSON.stringify(answer)).not.toContain('sk-1');
    }
  });
});
