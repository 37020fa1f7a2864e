/** What every way to the API must do alike. Each case gets a workbench of its own, reached through `open`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workbench } from '../../engine/api/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';
import { failure } from './failure.ts';

export interface Reached {
  api: Workbench;
  /** Breaks the connection from the engine's side; null where there is none to break. */
  cut: (() => void) | null;
  close(): Promise<void>;
}
export type Reach = (api: Workbench) => Promise<Reached>;

export const csv = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

export async function upload(api: Workbench, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { upload } = await api.uploads.create({ name, bytes: bytes.byteLength });
  await api.uploads.append({ upload, chunk: bytes });
  return upload;
}

export function testReach(name: string, reach: Reach): void {
  const through = async (test: (reached: Reached) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'kneepoint-contract-'));
    const workbench = await createWorkbench({ folder, env: {}, allowPaths: false });
    const reached = await reach(workbench.api);
    try {
      await test(reached);
    } finally {
      await reached.close();
      await workbench.close();
      await rm(folder, { recursive: true, force: true });
    }
  };

  describe(`the API ${name}`, () => {
    it('imports uploaded bytes and pages them back in columns', () =>
      through(async ({ api }) => {
        const bytes = csv('id,text,label\n1,"<b>é, ü</b>",3\n2,two,4.5\n');
        const source = { kind: 'upload', upload: await upload(api, 'x.csv', bytes) } as const;
        const imported = await api.datasets.import({
          source,
          name: 'x',
          input: ['text'],
          expected: 'label',
          id: 'id',
        });
        expect(imported).toMatchObject({ rows: 2, unchanged: false, scorer: { kind: 'numeric' } });
        const page = await api.datasets.rows({ dataset: 'x', limit: 10, search: undefined });
        expect(page.total).toBe(2);
        const lengths = Object.values(page.columns).map((column) => column.length);
        expect(new Set(lengths)).toEqual(new Set([2]));
        expect(JSON.stringify(page.columns)).toContain('<b>é, ü</b>');
      }));

    it('brings the code, kind, hint and details of an error', () =>
      through(async ({ api }) => {
        const source = {
          kind: 'upload',
          upload: await upload(api, 'x.csv', csv('id,text,label\n1,a,x\n1,b,y\n')),
        } as const;
        const error = await failure(
          api.datasets.import({ source, name: 'x', input: ['text'], expected: 'label', id: 'id' }),
        );
        expect(error.code).toMatch(/^dataset\.(rows_rejected|id_duplicate)$/);
        expect(error.kind).toBe('input');
        expect(error.hint).toBeTruthy();
        expect(JSON.stringify(error.details)).toContain('"line":3');
        expect(error.details?.['rejected']).toBeInstanceOf(Array);
      }));

    it('refuses an input that is not the declared one, naming the place', () =>
      through(async ({ api }) => {
        // @ts-expect-error a number where text belongs
        const error = await failure(api.datasets.show({ dataset: 5 }));
        expect(error.code).toBe('input.invalid');
        expect(error.message).toContain('datasets.show: dataset');
        // @ts-expect-error a key that is not declared
        expect((await failure(api.datasets.list({ path: '/' }))).code).toBe('input.invalid');
      }));

    it('refuses paths of this machine, since it was opened for a served door', () =>
      through(async ({ api }) => {
        const error = await failure(api.datasets.preview({ source: { kind: 'path', path: '/etc/passwd' } }));
        expect([
          'input.invalid',
          'unsupported',
          'host.refused',
          'file.not_found',
          'file.unreadable',
        ]).toContain(error.code);
        expect(error.code).not.toBe('bug');
      }));

    it('answers calls in the order they finish, each to its caller', () =>
      through(async ({ api }) => {
        const { seq } = await api.events.since({ seq: 0, waitMs: 0 });
        const waiting = api.events.since({ seq, waitMs: 20_000 });
        const missing = failure(api.datasets.show({ dataset: 'none' }));
        const [models, error] = await Promise.all([api.models.list({ limit: 1 }), missing]);
        expect(models.models.length).toBe(1);
        expect(error.code).toBe('dataset.not_found');
        const source = { kind: 'upload', upload: await upload(api, 'x.csv', csv('t,l\na,b\n')) } as const;
        await api.datasets.import({ source, name: 'later', input: ['t'], expected: 'l' });
        expect((await waiting).events.length).toBeGreaterThan(0);
      }));

    it('fails what is under way, and what comes after, when the engine goes away', () =>
      through(async ({ api, cut }) => {
        if (cut === null) return;
        const { seq } = await api.events.since({ seq: 0, waitMs: 0 });
        const waiting = failure(api.events.since({ seq, waitMs: 20_000 }));
        cut();
        expect(await waiting).toMatchObject({ code: 'host.disconnected', kind: 'provider', retryable: true });
        expect((await failure(api.datasets.list({}))).code).toBe('host.disconnected');
      }));
  });
}
