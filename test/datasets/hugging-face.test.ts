import { readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedSource, createHub, openSource } from '../../datasets/index.ts';
import { placed } from '../../datasets/hugging-face/hub-files.ts';
import { parseHubName } from '../../datasets/hugging-face/hub-name.ts';
import { WorkbenchError } from '../../engine/api/index.ts';
import { createWorkbench } from '../../engine/workbench.ts';
import { at } from '../cli/terminal.ts';
import { type Scratch, scratch } from '../fixtures/scratch.ts';
import { type HubServer, hubServer } from './hub-server.ts';

/** Uncompressed, so that the size is near n × 40 bytes. */
const questions = (n: number, of: string): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      codec: 'UNCOMPRESSED',
      columnData: [
        {
          name: 'question',
          data: Array.from({ length: n }, (_, i) => `${of}: what is ${i} times ${i}, please?`),
          type: 'STRING',
        },
        { name: 'answer', data: Array.from({ length: n }, (_, i) => String(i * i)), type: 'STRING' },
      ],
    }),
  );
const files = {
  'README.md': Buffer.from('# a card'),
  'main/train/0000.parquet': questions(40, 'train a'),
  'main/train/0001.parquet': questions(30, 'train b'),
  'main/test/0000.parquet': questions(20_000, 'test'),
  'socratic/partial-test/0000.parquet': questions(5, 'socratic'),
};
const test = 'main/test/0000.parquet';
const size = files[test].length;

let server: HubServer;
let dir: Scratch;
let waits: number[];
beforeAll(async () => {
  server = await hubServer(files);
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await scratch();
  waits = [];
  Object.assign(server.state, {
    files: new Map(Object.entries(files)),
    revisions: ['refs/convert/parquet', 'main'],
    etag: '"one"',
    once: [],
    breaks: [],
    ranges: true,
    pageSize: 1000,
    requests: [],
  });
  return () => dir[Symbol.asyncDispose]();
});

const hub = (token: string | null = null, endpoint = server.endpoint) =>
  createHub(
    { endpoint, token, fetch: globalThis.fetch, sleep: async (ms) => void waits.push(ms) },
    join(dir.folder, 'hub'),
  );
const opened = (
  dataset: string,
  { token = null, ...more }: { token?: string | null; splits?: string[]; maxBytes?: number } = {},
  onProgress?: (rows: number, bytes: number, total: number | null) => void,
): Promise<OpenedSource> =>
  openSource(
    { kind: 'hub', dataset, ...more },
    {
      allowPaths: false,
      uploads: () => ({ path: '', name: '' }),
      tempFolder: dir.folder,
      hub: hub(token),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
const fieldsOf = async (source: OpenedSource) =>
  (await Array.fromAsync(source.records())).map(({ fields }) => fields);
const asked = (host: 'hub' | 'files') => server.state.requests.filter((request) => request.host === host);

describe('a dataset of the Hub', () => {
  it('is downloaded in the order of its shards and remembers name, commit and files', async () => {
    const source = await opened('owner/name/main', { splits: ['train'] });
    const rows = await fieldsOf(source);
    expect([rows.length, rows[0]?.['question'], rows[69]?.['answer']]).toEqual([
      70,
      'train a: what is 0 times 0, please?',
      '841',
    ]);
    expect(source.columns).toEqual(['question', 'answer']);
    expect(source.origin).toBe(
      `hf:owner/name/main@${server.state.commit} main/train/0000.parquet main/train/0001.parquet`,
    );
    await opened('owner/name/main', { splits: ['train'] });
    expect(asked('files')).toHaveLength(2);
  });

  it('has a column that tells several splits apart', async () => {
    const source = await opened('owner/name/main', { splits: ['train', 'test'] });
    expect(source.columns).toEqual(['question', 'answer', 'hf_split']);
    const splits = (await fieldsOf(source)).map((fields) => fields?.['hf_split']);
    expect([splits.length, splits.filter((split) => split === 'train').length]).toEqual([20_070, 70]);
  });

  it('is read page by page where its list of files is long', async () => {
    server.state.pageSize = 2;
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['train'] }))).toHaveLength(70);
    expect(asked('hub').filter(({ path }) => path.includes('/tree/'))).toHaveLength(3);
  });

  it('is taken from its own files at a revision, or where the Hub has converted nothing', async () => {
    server.state.revisions = ['main', 'v1.0'];
    expect((await opened('owner/name/main', { splits: ['train'] })).origin).toContain(server.state.commit);
    expect(asked('hub').map(({ path }) => path)).toContain('/api/datasets/owner/name/revision/main');
    await opened('owner/name/main@v1.0', { splits: ['train'] });
    await opened(`owner/name/main@${server.state.commit}`, { splits: ['train'] });
    await expect(opened('owner/name/main@v2.0', { splits: ['train'] })).rejects.toMatchObject({
      code: 'hub.not_found',
    });
  });

  it('warns where the Hub converted only a part of it', async () => {
    expect((await opened('owner/name/socratic')).warnings).toMatchObject([
      { code: 'hub_partial', examples: ['test'] },
    ]);
  });

  it.each([
    ['owner/absent', {}, 'hub.not_found', 'HF_TOKEN'],
    ['owner/closed', {}, 'hub.gated', 'conditions'],
    ['owner/closed', { token: 'hf_wrong' }, 'hub.gated', 'conditions'],
    ['owner/name', {}, 'input.invalid', 'hf:owner/name/main; there are main, socratic'],
    ['owner/name/other', {}, 'hub.not_found', 'main, socratic'],
    ['owner/name/main', {}, 'input.invalid', '--hf-split train'],
    ['owner/name/main', { splits: ['dev'] }, 'hub.not_found', 'train, test'],
    ['owner/name/main', { splits: ['test'], maxBytes: 1000 }, 'file.too_large', '--hf-limit'],
    ['../../etc', {}, 'input.invalid', 'hf:owner/name'],
  ])('%s %j is refused with %s', async (name, more, code, hint) => {
    await expect(opened(name, more)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(asked('files')).toHaveLength(0);
  });

  it('tells of its progress in bytes, and does not go beyond what was promised', async () => {
    const seen: [number, number | null][] = [];
    await opened(
      'owner/name/main',
      { splits: ['test'] },
      (rows, bytes, total) => void (rows === 0 && seen.push([bytes, total])),
    );
    expect(seen.at(-1)).toEqual([size, size]);
    expect(seen.every(([bytes], i) => i === 0 || bytes >= (seen[i - 1]?.[0] ?? 0))).toBe(true);
  });
});

describe('the token', () => {
  it('goes to the Hub alone, never to the host it redirects to', async () => {
    await opened('owner/name/main', { splits: ['train'], token: 'hf_secret' });
    expect(asked('hub').every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
    expect(asked('files').map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('is not sent at all where there is none', async () => {
    await opened('owner/name/main', { splits: ['train'] });
    expect(server.state.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  it('is not sent in the clear to a machine elsewhere', async () => {
    const elsewhere = hub('hf_secret', 'http://hub.example');
    await expect(elsewhere.fetch({ kind: 'hub', dataset: 'owner/name' }, {})).rejects.toMatchObject({
      code: 'input.invalid',
    });
  });
});

describe('a connection that breaks', () => {
  it('goes on where it broke, once and again', async () => {
    server.state.breaks = [size >> 2, size >> 3];
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['test'] }))).toHaveLength(20_000);
    expect(asked('files').map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      [`bytes=${size >> 2}-`, '"one"'],
      [`bytes=${(size >> 2) + (size >> 3)}-`, '"one"'],
    ]);
  });

  it('goes on in a later import, after the one that gave up', async () => {
    server.state.breaks = [size >> 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.unavailable',
      retryable: true,
    });
    server.state.breaks = [];
    server.state.requests = [];
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['test'] }))).toHaveLength(20_000);
    expect(asked('files').map(({ headers }) => headers.range)).toEqual([`bytes=${size >> 1}-`]);
    expect((await readdir(join(dir.folder, 'hub'))).every((name) => name.endsWith('.parquet'))).toBe(true);
  });

  it('starts again where the file has another ETag than the one it began with', async () => {
    server.state.breaks = [size >> 1, 0, 0, 0, 0, 0, 0, 0];
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.unavailable',
    });
    server.state.breaks = [];
    server.state.etag = '"two"';
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['test'] }))).toHaveLength(20_000);
    expect(asked('files').at(-1)?.headers).toMatchObject({
      range: `bytes=${size >> 1}-`,
      'if-range': '"one"',
    });
  });

  it('starts again where the server knows no ranges', async () => {
    server.state.ranges = false;
    server.state.breaks = [size >> 1];
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['test'] }))).toHaveLength(20_000);
  });

  it.each([
    ['longer', Buffer.concat([files[test], Buffer.from('x')])],
    ['other bytes', Buffer.alloc(size, 7)],
  ])('is refused where what arrives is %s', async (_what, bytes) => {
    const lying = bytes;
    for (let i = 0; i < 4; i++)
      server.state.once.push({ path: `/${test}`, answer: (_request, response) => void response.end(lying) });
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.malformed',
    });
    expect(await readdir(join(dir.folder, 'hub'))).toEqual([]);
  });

  it('is mended where damaged bytes lie on this disk', async () => {
    server.state.breaks = [size >> 1, 0, 0, 0, 0, 0, 0, 0];
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.unavailable',
    });
    const [part = ''] = (await readdir(join(dir.folder, 'hub'))).filter((name) => name.endsWith('.part'));
    await writeFile(join(dir.folder, 'hub', part), Buffer.alloc(size >> 1, 1));
    server.state.breaks = [];
    expect(await fieldsOf(await opened('owner/name/main', { splits: ['test'] }))).toHaveLength(20_000);
  });
});

describe('a Hub that is busy', () => {
  const answering = (path: string, status: number, headers: Record<string, string> = {}) => ({
    path,
    answer: (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(status, headers);
      response.end();
    },
  });

  it('is waited for as long as it asks, whether it lists or sends', async () => {
    server.state.once.push(
      answering('/api/datasets', 429, { 'retry-after': '7' }),
      answering(`/${test}`, 429, { 'retry-after': '11' }),
      answering('/api/datasets', 503),
    );
    await opened('owner/name/main', { splits: ['test'] });
    expect(waits).toEqual([7000, 2000, 11_000]);
  });

  it('is told of where it asks for too long, or does not end being busy', async () => {
    server.state.once.push(answering('/api/datasets', 429, { 'retry-after': '3600' }));
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.rate_limited',
      message: expect.stringContaining('3600 s'),
    });
    expect(waits).toEqual([]);
    for (let i = 0; i < 5; i++) server.state.once.push(answering('/api/datasets', 500));
    await expect(opened('owner/name/main', { splits: ['test'] })).rejects.toMatchObject({
      code: 'hub.unavailable',
    });
  });

  it('is told of where nobody answers, or something else does', async () => {
    const nowhere = hub(null, 'http://127.0.0.1:9');
    await expect(nowhere.fetch({ kind: 'hub', dataset: 'owner/name' }, {})).rejects.toMatchObject({
      code: 'hub.unavailable',
    });
    for (const body of ['<html>', '[]', '{"sha":"../../x"}']) {
      server.state.once.push({
        path: '/api/datasets',
        answer: (_request, response) => void response.end(body),
      });
      await expect(opened('owner/name')).rejects.toMatchObject({
        code: 'hub.malformed',
        hint: expect.any(String),
      });
    }
    server.state.once.push(answering('/api/datasets', 302, { location: 'file:///etc/passwd' }));
    await expect(opened('owner/name')).rejects.toMatchObject({ code: 'hub.malformed' });
    for (let i = 0; i < 9; i++) server.state.once.push(answering('/', 302, { location: '/again' }));
    await expect(opened('owner/name')).rejects.toMatchObject({ code: 'hub.malformed' });
  });
});

/** Short pieces that mean something in an address, few of them, so that a good share passes. */
const pieces = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('a', 'B9', 'refs') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('_', '-', '.', '..', '/', '@', '%2e', '#', '?', '\\', ':', ' ', '\n', 'é'),
      },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''));
const hostileName = fc
  .tuple(pieces, pieces, fc.option(pieces))
  .map(([owner, name, revision]) => `${owner}/${name}${revision === null ? '' : `@${revision}`}`);

describe('names and paths', () => {
  it('what passes as a name stays in its place in an address', () => {
    let passed = 0;
    fc.assert(
      fc.property(hostileName, (text) => {
        let name;
        try {
          name = parseHubName(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WorkbenchError);
          return;
        }
        passed++;
        const path = `/api/datasets/${name.repo}/revision/${encodeURIComponent(name.revision ?? 'main')}`;
        expect(new URL(path, 'https://hub.example').pathname).toBe(path);
      }),
      { numRuns: 2000 },
    );
    expect(passed).toBeGreaterThan(30);
    expect(parseHubName('hf:cais/mmlu/all@refs/convert/parquet')).toEqual({
      repo: 'cais/mmlu',
      config: 'all',
      revision: 'refs/convert/parquet',
    });
  });

  it.each([
    ['default/train/0000.parquet', 'default', 'train', false],
    ['all/partial-train/0012.parquet', 'all', 'train', true],
    ['data/train-00000-of-00002.parquet', 'default', 'train', false],
    ['data/train-00000-of-00001-a33d8a6d8865ac25.parquet', 'default', 'train', false],
    ['ParaphraseRC/test-00000-of-00001.parquet', 'ParaphraseRC', 'test', false],
    ['validation.parquet', 'default', 'validation', false],
    ['0000.parquet', 'default', 'train', false],
  ])('%s is split %s of %s', (path, config, split, partial) => {
    expect(placed({ path, bytes: 1, sha256: null })).toMatchObject({ config, split, partial });
  });

  it.each(['README.md', '../x.parquet', 'a//b.parquet', 'a/../../b.parquet'])('%s is none', (path) => {
    expect(placed({ path, bytes: 1, sha256: null })).toBeNull();
    expect(placed({ path: 'main/test/0000.parquet', bytes: 0, sha256: null })).toBeNull();
  });
});

it('imports by name into a workspace, which remembers where it is from', async () => {
  const { api, close } = await createWorkbench({
    folder: join(dir.folder, 'workspace'),
    env: { HF_ENDPOINT: server.endpoint, HF_TOKEN: 'hf_secret' },
    allowPaths: false,
  });
  const source = { kind: 'hub', dataset: 'owner/name/main', splits: ['train', 'test'] } as const;
  const preview = await api.datasets.preview({ source: { ...source, splits: [...source.splits] }, rows: 5 });
  expect(preview.suggestion).toMatchObject({ input: ['question'], expected: 'answer' });
  const imported = await api.datasets.import({
    source: { ...source, splits: [...source.splits] },
    name: 'squares',
    input: ['question'],
    expected: 'answer',
    split: 'hf_split',
  });
  expect(imported).toMatchObject({ rows: 20_070, rejected: [] });
  const shown = await api.datasets.show({ dataset: 'squares' });
  expect(shown).toMatchObject({
    splits: { fit: 70, test: 20_000 },
    source: `hf:owner/name/main@${server.state.commit} main/train/0000.parquet main/train/0001.parquet main/test/0000.parquet`,
  });
  await close();
  expect(asked('files')).toHaveLength(3);
});

it('is imported from the command line, with the token and the mirror of the environment', async () => {
  const run = at(join(dir.folder, 'workspace'));
  const env = { HF_ENDPOINT: server.endpoint, HF_TOKEN: 'hf_secret' };
  const flags = ['--name', 'squares', '--input', 'question', '--expected', 'answer'];
  const refused = await run(['dataset', 'import', 'hf:owner/name/main', ...flags], { env });
  expect([refused.code, refused.json()['error']]).toMatchObject([2, { code: 'input.invalid' }]);
  const limited = await run(
    ['dataset', 'import', 'hf:owner/name/main', '--hf-split', 'test', '--hf-limit', '0.001', ...flags],
    { env },
  );
  expect([limited.code, limited.json()['error']]).toMatchObject([2, { code: 'file.too_large' }]);
  const imported = await run(['dataset', 'import', 'hf:owner/name/main', '--hf-split', 'train', ...flags], {
    env,
  });
  expect([imported.code, imported.json()]).toMatchObject([0, { dataset: 'squares', rows: 70 }]);
  expect(imported.stdout + imported.stderr + refused.stdout).not.toContain('hf_secret');
  const absent = await run(['dataset', 'import', 'hf:owner/closed', ...flags], { env });
  expect([absent.code, absent.json()['error']]).toMatchObject([3, { code: 'hub.gated' }]);
});
