/** How long a search takes: an exact frontier, a cascade of three, and a whole fit through the command line. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sweepThreshold } from '../../engine/math/index.ts';
import { draws, fit, uniforms, world } from '../tuning/worlds.ts';
import { measure } from './measure.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const problems = fileURLToPath(new URL('../../../shared/data/zeroeval_gsm/problems.jsonl', import.meta.url));
const outcomes = problems.replace('problems.jsonl', 'outcomes.csv');

export async function run(): Promise<void> {
  frontier(1_000_000);
  await cascadeOfThree(100_000);
  if (existsSync(problems)) await wholeFit();
  else console.log('ZeroEval GSM: skipped, ../shared/data is not here');
}

/** Two candidates, one signal: every distinct value, nothing thinned. */
function frontier(n: number): void {
  const signal = uniforms(n, 1);
  const rows = {
    keptScore: draws(n, 2, (i) => 0.5 + signal[i]! / 2),
    keptCost: new Float64Array(n).fill(1),
    elseScore: draws(n, 3, () => 0.95),
    elseCost: new Float64Array(n).fill(10),
    referenceScore: draws(n, 3, () => 0.95),
  };
  const started = performance.now();
  const sweep = sweepThreshold(signal, 'gte', rows);
  console.log(
    `exact frontier of two over ${n.toLocaleString('en')} rows: ${seconds(performance.now() - started)}, ${sweep.kept.length.toLocaleString('en')} points`,
  );
}

async function cascadeOfThree(n: number): Promise<void> {
  const [one, two] = [uniforms(n, 4), uniforms(n, 5)];
  const matrix = world({
    candidates: {
      small: { score: draws(n, 6, (i) => 0.3 + 0.7 * one[i]!), cost: 1, confidence: one },
      mid: { score: draws(n, 7, (i) => 0.6 + 0.4 * two[i]!), cost: 4, confidence: two },
      large: { score: draws(n, 8, () => 0.96), cost: 20 },
    },
  });
  const started = performance.now();
  const { result } = await fit(matrix, { maxLoss: 0.02, families: ['cascade'] });
  console.log(
    `cascades of three over ${n.toLocaleString('en')} rows, certificate and replay in: ${seconds(performance.now() - started)} (${result.verdict})`,
  );
}

/** 1,319 rows × 43 candidates with texts, every family, the certificate and the bootstraps. */
async function wholeFit(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-bench-'));
  const command = (...args: string[]): string[] => [
    join(process.cwd(), 'bin/kneepoint.js'),
    ...args,
    '--workspace',
    folder,
    '--quiet',
    '--json',
  ];
  const labels = ['--name', 'gsm', '--id', 'id', '--input', 'question', '--expected', 'gold'];
  const columns = ['--example', 'id', '--candidate', 'model', '--score', 'correct'];
  const more = ['--output', 'parsed_answer', '--cost', 'est_cost_usd'];
  try {
    await measure(command('dataset', 'import', problems, ...labels));
    await measure(command('outcomes', 'import', outcomes, '--dataset', 'gsm', ...columns, ...more));
    const out = join(folder, 'policy.json');
    const measured = await measure(command('fit', 'latest', '--max-loss', '0.015', '--out', out));
    const { verdict } = JSON.parse(measured.stdout);
    console.log(
      `whole fit of ZeroEval GSM, 43 candidates: ${seconds(measured.wallMs)}, peak ${measured.peakMb.toFixed(0)} MB (${verdict})`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
