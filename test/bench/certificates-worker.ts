/** One thread of the certificates bench: fits draws and says what became of the promise. */
import { parentPort } from 'node:worker_threads';
import { FitInput, type OutcomeMatrix } from '../../engine/api/index.ts';
import { replayPolicy } from '../../engine/policy/index.ts';
import { fitPolicy } from '../../engine/tuning/index.ts';
import { drawCalibration, drawRows, type WorldName } from './recorded-worlds.ts';

export interface Job {
  world: WorldName;
  /** Rows drawn in all; with `signal`, those to calibrate on, and that signal alone is used. */
  n: number;
  signal?: string;
  maxLoss: number;
  confidence: number;
  seeds: number[];
}
export interface Drawn {
  certified: boolean;
  verdict: string;
  /** Loss of what is served against the best single, on the rows held out. */
  loss: number;
  /** Share of rows the reference answers; share of its cost. */
  reference: number;
  cost: number;
}
export type Message = { matrix: OutcomeMatrix; world: WorldName } | { job: Job };

const wholes = new Map<WorldName, OutcomeMatrix>();
const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};
const at = (values: Float64Array, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row]!);

parentPort?.on('message', (message: Message) => {
  if ('matrix' in message) wholes.set(message.world, message.matrix);
  else void work(message.job);
});

async function work({ world, n, signal, maxLoss, confidence, seeds }: Job): Promise<void> {
  const whole = wholes.get(world);
  if (whole === undefined) throw new Error(`${world} has not been sent`);
  const drawn: Drawn[] = [];
  for (const seed of seeds) {
    const { matrix, heldOut } = signal ? drawCalibration(whole, n, seed) : drawRows(whole, n, seed);
    const signals = signal ? { signals: [signal] } : {};
    const input = FitInput.parse({ runs: [world], maxLoss, confidence, seed, ...signals });
    const { result, draft } = await fitPolicy(matrix, input, {
      signal: new AbortController().signal,
      progress: () => {},
      now: '2026-01-01T00:00:00.000Z',
    });
    drawn.push({
      certified: result.certificate.certified,
      verdict: result.verdict,
      ...judge(whole, replayPolicy(draft, whole, heldOut), heldOut, result.reference),
    });
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(drawn);
}

function judge(
  whole: OutcomeMatrix,
  replay: ReturnType<typeof replayPolicy>,
  rows: Int32Array,
  reference: string,
): Pick<Drawn, 'loss' | 'reference' | 'cost'> {
  const own = whole.candidates.indexOf(reference);
  const best = Math.max(...whole.scores.map((scores) => mean(at(scores, rows))));
  const served = replay.served.reduce((count, c) => count + (c === own ? 1 : 0), 0);
  return {
    loss: best - mean(replay.score),
    reference: served / rows.length,
    cost: mean(replay.cost) / mean(at(whole.costs[own]!, rows)),
  };
}
