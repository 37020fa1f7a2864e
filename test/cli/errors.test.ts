import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { scratch } from '../fixtures/scratch.ts';
import { at, kneepoint } from './terminal.ts';

interface ErrorDocument {
  error: { code: string; kind: string; message: string; hint?: string; details?: Record<string, unknown> };
}

const good = 'id,question,answer\n1,one?,a\n2,two?,b\n';
const importing = (file: string, ...more: string[]): string[] => [
  'dataset',
  'import',
  file,
  '--name',
  'd',
  '--input',
  'question',
  '--expected',
  'answer',
  '--id',
  'id',
  ...more,
];

describe('a wrong import is refused whole, with code, place and hint', () => {
  it.each([
    ['a missing file', null, [], 'file.not_found', /nothing\.csv/],
    ['an empty file', '', [], 'file.empty', /a\.csv/],
    ['a header without rows', 'id,question,answer\n', [], 'file.empty', /a\.csv/],
    ['an unknown column', 'id,qestion,answer\n1,x,y\n', [], 'dataset.column_unknown', /"question"/],
    ['a duplicate id', 'id,question,answer\n1,x,y\n1,z,y\n', [], 'dataset.id_duplicate', /line 3/],
    ['a missing expected answer', 'id,question,answer\n1,x,\n', [], 'dataset.label_missing', /line 2/],
    ['a row of another width', 'id,question,answer\n1,x,y,z\n', [], 'file.malformed', /line 2/],
  ])('%s', async (_name, content, more, code, place) => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    const file = content === null ? `${dir.folder}/nothing.csv` : await dir.file('a.csv', content);
    const refused = await run(importing(file, ...more));
    const { error } = refused.json<ErrorDocument>();
    expect([refused.code, error.code]).toEqual([2, code]);
    expect(error.message).toMatch(place);
    expect(error.hint).toBeTruthy();
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
  });
});

describe('a wrong run is refused before anything is called', () => {
  it.each([
    ['bad YAML', 'pipeline: [', 'pipeline.invalid', 2],
    ['an unknown key', 'pipeline: x\nversion: 1\nstepz: []\n', 'pipeline.invalid', 2],
    [
      'an unknown model',
      'pipeline: x\nversion: 1\ncandidates: { a: openai/gpt-99-nano }\nsteps:\n  - id: s\n    route: { by: candidate, candidates: [a] }\n    generate: { prompt: "{{input.question}}" }\n',
      'pipeline.invalid',
      2,
    ],
    [
      'a missing key',
      'pipeline: x\nversion: 1\ncandidates: { a: openai/gpt-4o-mini }\nsteps:\n  - id: s\n    route: { by: candidate, candidates: [a] }\n    generate: { prompt: "{{input.question}}" }\n',
      'provider.key_missing',
      3,
    ],
    [
      'an unknown column in a prompt',
      'pipeline: x\nversion: 1\ncandidates: { a: { provider: local, model: echo } }\nsteps:\n  - id: s\n    route: { by: candidate, candidates: [a] }\n    generate: { prompt: "{{input.qestion}}" }\n',
      'pipeline.invalid',
      2,
    ],
  ])('%s', async (_name, yaml, code, exit) => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    expect((await run(importing(await dir.file('a.csv', good)))).code).toBe(0);
    const refused = await run(['run', 'start', await dir.file('p.yaml', yaml), '--dataset', 'd']);
    const { error } = refused.json<ErrorDocument>();
    expect([error.code, refused.code]).toEqual([code, exit]);
    expect(error.hint).toBeTruthy();
    expect(JSON.stringify(error)).not.toMatch(/sk-/);
    expect((await run(['run', 'list'])).json()).toEqual([]);
  });
});

describe('usage', () => {
  it('suggests a mistyped command and says where help is', async () => {
    const ran = await kneepoint(['datset', 'list']);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/Did you mean dataset/);
  });

  it('answers a missing flag, a bad number and an unknown dataset under --json', async () => {
    await using dir = await scratch();
    const run = at(`${dir.folder}/w`);
    expect((await run(['outcomes', 'import', 'x.csv'])).json<ErrorDocument>().error.code).toBe(
      'input.invalid',
    );
    // Without a mapping nothing is guessed silently: the command to run is the answer.
    const path = await dir.file('x.csv', 'id,question,label\n1,a,x\n2,b,y\n');
    expect((await run(['dataset', 'import', path])).json<ErrorDocument>().error).toMatchObject({
      code: 'input.invalid',
      hint: `Suggested: kneepoint dataset import ${path} --name x --id id --input question --expected label`,
    });
    expect((await run(['dataset', 'list'])).json()).toEqual([]);
    expect((await run(['fit', 'latest', '--max-loss', 'much'])).json<ErrorDocument>().error.code).toBe(
      'input.invalid',
    );
    expect((await run(['dataset', 'show', 'nothing'])).json<ErrorDocument>().error).toMatchObject({
      code: 'dataset.not_found',
    });
  });

  it.each([[[]], [['dataset', '--help']], [['fit', '--help']], [['policy', 'decide', '--help']]])(
    'shows help for %j',
    async (args) => {
      const ran = await kneepoint(args.length === 0 ? ['--help'] : args);
      expect(ran.code).toBe(0);
      expect(ran.stdout).toMatch(/Usage: kneepoint/);
    },
  );

  it('gives every command that does something an example', async () => {
    for (const args of [
      ['dataset', 'import'],
      ['outcomes', 'import'],
      ['run', 'start'],
      ['run', 'resume'],
      ['compare'],
      ['fit'],
      ['policy', 'replay'],
      ['policy', 'verify'],
      ['policy', 'export'],
      ['serve'],
      ['demo'],
    ]) {
      expect((await kneepoint([...args, '--help'])).stdout).toMatch(/Example:\n {2}\S/);
    }
  });
});

describe('a workspace that another process has open', () => {
  it('is refused, naming the process', async () => {
    await using dir = await scratch();
    const workspace = `${dir.folder}/w`;
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { openStore } = await import(${JSON.stringify(new URL('../../engine/store/index.ts', import.meta.url).href)}); await openStore(${JSON.stringify(workspace)}); console.log('open'); setInterval(() => {}, 1000);`,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      await once(holder.stdout, 'data');
      const refused = await at(workspace)(['dataset', 'list']);
      expect([refused.code, refused.json<ErrorDocument>().error.code]).toEqual([3, 'workspace.locked']);
      expect(refused.json<ErrorDocument>().error.message).toContain(String(holder.pid));
    } finally {
      holder.kill('SIGKILL');
    }
  });
});
