import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Workbench } from '../../engine/api/index.ts';
import { connect, portEndpoint } from '../../engine/transport/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';
import { hostEngine, type FromShell } from '../../main/desktop/engine-host.ts';
import { failure } from '../contract/failure.ts';
import { scratch } from '../fixtures/scratch.ts';

afterEach(() => vi.restoreAllMocks());

/** A host over real ports: those of Node emit their events as Electron's do, but hand over the data alone. */
function host(create = createWorkbench) {
  const shell = new EventEmitter();
  const exits: number[] = [];
  hostEngine(shell, create, (code) => exits.push(code));
  const tell = (message: FromShell, ports: unknown[] = []): void =>
    void shell.emit('message', { data: message, ports });
  const page = (): { api: Workbench; port: MessageChannel['port2'] } => {
    const { port1, port2 } = new MessageChannel();
    const asMain = {
      on: (event: string, listener: (event: { data: unknown }) => void) =>
        port1.on(event, (data: unknown) => listener({ data })),
      postMessage: (message: unknown) => port1.postMessage(message),
      start: () => port1.start(),
      close: () => port1.close(),
    };
    tell({ type: 'port' }, [asMain]);
    return { api: connect(portEndpoint(port2)), port: port2 };
  };
  return { shell, exits, tell, page };
}

describe('the engine of the desktop app', () => {
  it('answers the API over a port, with the real workbench behind it, and lets go of it in the end', async () => {
    await using at = await scratch();
    const folder = join(at.folder, 'workspace');
    const { tell, page, exits } = host();
    tell({ type: 'open', workspace: folder, secrets: {} });
    const { api } = page();
    // The page is told the folder's name and not where it is.
    expect(await api.workspace.info({})).toMatchObject({ workspace: 'workspace', rows: { datasets: 0 } });
    tell({ type: 'close' });
    await expect.poll(() => exits).toEqual([0]);
    // One owner at a time: it opens again only if the host has closed it.
    const next = await createWorkbench({ folder, env: {}, allowPaths: false });
    expect(await next.api.workspace.info({})).toMatchObject({ workspace: 'workspace' });
    await next.close();
  });

  it('takes no path of this machine from a page', async () => {
    await using at = await scratch();
    const path = await at.file('rows.csv', 'id,text\n1,a\n');
    const { tell, page } = host();
    tell({ type: 'open', workspace: join(at.folder, 'workspace'), secrets: {} });
    const { api, port } = page();
    expect((await failure(api.datasets.preview({ source: { kind: 'path', path } }))).code).toBe(
      'host.refused',
    );
    port.close();
    tell({ type: 'close' });
  });

  it('lets a page call methods, and construct nothing', async () => {
    await using at = await scratch();
    const { tell, page } = host();
    tell({ type: 'open', workspace: join(at.folder, 'workspace'), secrets: {} });
    const { port } = page();
    const answer = new Promise((resolve) => port.on('message', (data) => resolve(data)));
    port.postMessage({
      id: '1',
      type: 'CONSTRUCT',
      path: ['workspace', 'info', 'constructor'],
      argumentList: [{ type: 'RAW', value: 'return process.version' }],
    });
    expect(await answer).toMatchObject({ id: '1', value: { code: 'host.refused' } });
    port.close();
    tell({ type: 'close' });
  });

  it('gives the workbench a stored key at once, forgets a removed one, and tells no page of either', async () => {
    await using at = await scratch();
    let ask: ((variable: string) => string | null) | undefined;
    const { tell, page, exits } = host((options) => {
      ask = options.secrets;
      return createWorkbench(options);
    });
    const value = 'sk-0123456789';
    tell({ type: 'open', workspace: join(at.folder, 'workspace'), secrets: { OPENAI_API_KEY: value } });
    expect([ask?.('OPENAI_API_KEY'), ask?.('ANTHROPIC_API_KEY')]).toEqual([value, null]);
    const { api } = page();
    expect(JSON.stringify([await api.models.providers({}), await api.workspace.info({})])).not.toContain(
      value,
    );
    tell({ type: 'secrets', secrets: { ANTHROPIC_API_KEY: 'other' } });
    expect([ask?.('OPENAI_API_KEY'), ask?.('ANTHROPIC_API_KEY')]).toEqual([null, 'other']);
    tell({ type: 'close' });
    await expect.poll(() => exits).toEqual([0]);
  });

  it('ends with 1 where the workbench cannot be made, so that it is started again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { tell, exits } = host(() => Promise.reject(new Error('no')));
    tell({ type: 'open', workspace: 'x', secrets: {} });
    await expect.poll(() => exits).toEqual([1]);
  });
});
