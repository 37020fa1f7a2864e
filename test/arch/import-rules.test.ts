import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Files that break one rule each; the linter must name every one of them. */
const planted: [file: string, line: string, why: string][] = [
  ['engine/math/a.ts', "import { openStore } from '../store/index.ts';", 'math imports a room'],
  ['engine/compare/b.ts', "import { DuckDBInstance } from '@duckdb/node-api';", 'DuckDB outside the store'],
  ['engine/compare/c.ts', "import { wilsonInterval } from '../math/wilson.ts';", "another room's interior"],
  [
    'engine/tuning/d.ts',
    "import { readExamples } from '../../datasets/index.ts';",
    'tuning imports datasets',
  ],
  ['engine/runs/e.ts', "import OpenAI from 'openai';", 'a provider SDK outside providers'],
  ['main/serve/f.ts', "import { app } from 'electron';", 'electron outside the desktop door'],
  [
    'renderer/app/g.ts',
    "import { openStore } from '../../engine/store/index.ts';",
    'the renderer reaches past the API',
  ],
  ['engine/api/h.ts', "import { median } from '../math/index.ts';", 'the contract imports a room'],
  ['engine/policy/evaluator.ts', "import { x } from '../api/index.ts';", 'the evaluator imports anything'],
  ['datasets/i.ts', "import { serve } from '../main/serve/index.ts';", 'a room imports a door'],
];

let folder = '';

function lint(path: string): Promise<string> {
  const binary = join(process.cwd(), 'node_modules/.bin/oxlint');
  return new Promise((resolve) => {
    execFile(process.execPath, [binary, '--format=unix', path], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

describe('import rules', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kneepoint-arch-'));
    await cp('oxlint.config.ts', join(folder, 'oxlint.config.ts'));
    await cp('package.json', join(folder, 'package.json'));
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(planted)('refuses %s: %s', async (file, line) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${line}\n`);
    expect(await lint(file)).toContain('no-restricted-imports');
  });

  it('accepts a front door that the rules allow', async () => {
    const file = 'engine/compare/fine.ts';
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "export { wilsonInterval } from '../math/index.ts';\n");
    expect(await lint(file)).not.toContain('no-restricted-imports');
  });
});
