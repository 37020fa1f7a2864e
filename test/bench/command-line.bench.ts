/** 10,000 rows × 2 echo candidates through the command line: import, run, compare. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.ts';

const ROWS = 10_000;

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-bench-'));
  try {
    const rows = Array.from(
      { length: ROWS },
      (_, i) => `${i},"question ${i}, what is ${i} + ${i}?",${2 * i}`,
    );
    writeFileSync(join(folder, 'rows.csv'), `id,question,answer\n${rows.join('\n')}\n`);
    writeFileSync(
      join(folder, 'echo.yaml'),
      `pipeline: echo
version: 1
candidates:
  a: { provider: local, model: echo, price: { perCallUsd: 0, nominal: true } }
  b: { provider: local, model: echo, parameters: { suffix: "!" }, price: { perCallUsd: 0, nominal: true } }
steps:
  - id: answer
    route: { by: candidate, candidates: [a, b] }
    generate: { prompt: "{{input.question}}" }
`,
    );
    const command = (...args: string[]): string[] => [
      join(process.cwd(), 'bin/kneepoint.js'),
      ...args,
      '--workspace',
      join(folder, 'w'),
      '--quiet',
      '--json',
    ];
    let wallMs = 0;
    let peakMb = 0;
    const step = async (name: string, ...args: string[]): Promise<void> => {
      const measured = await measure(command(...args), { cwd: folder });
      wallMs += measured.wallMs;
      peakMb = Math.max(peakMb, measured.peakMb);
      console.log(
        `${name.padEnd(8)} ${(measured.wallMs / 1000).toFixed(2)} s, peak ${measured.peakMb.toFixed(0)} MB`,
      );
    };
    await step(
      'import',
      'dataset',
      'import',
      'rows.csv',
      '--name',
      'rows',
      '--id',
      'id',
      '--input',
      'question',
      '--expected',
      'answer',
    );
    await step('run', 'run', 'start', 'echo.yaml', '--dataset', 'rows', '--concurrency', '256');
    await step('compare', 'compare', 'latest');
    console.log(
      `${ROWS} rows × 2 echo candidates: ${(wallMs / 1000).toFixed(2)} s in all, peak ${peakMb.toFixed(0)} MB`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
