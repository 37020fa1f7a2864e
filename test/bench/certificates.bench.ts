/**
 * How often the promise "no more than ε below the best single, with 90 % confidence" is broken, and what it costs.
 *
 *   npm run bench -- certificates [--sets mmlu,gsm8k,zeroeval,clinc150] [--n 200,500,2000] [--max-loss 0.01,0.03]
 *     [--draws 300] [--confidence 0.9] [--threads 2] [--parts validity,power,bounds]
 *     [--price 0.5,0.8,0.9,0.95,0.99]
 */
import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { sharedDataAbsent } from '../fixtures/shared-data.ts';
import type { Drawn, Job, Message } from './certificates-worker.ts';
import { compareBounds, withLearntSignals } from './certificates-power.ts';
import { loadWorld, type WorldName, worldNames } from './recorded-worlds.ts';

const seedsAJob = 10;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`.padStart(7);
const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

interface Asked {
  sets: WorldName[];
  sizes: number[];
  tolerances: number[];
  draws: number;
  confidence: number;
  threads: number;
  /** The price of safety: the same signal at other confidences. */
  price: number[];
  parts: string[];
}

export async function run(argv: string[]): Promise<void> {
  if (sharedDataAbsent) return console.log('skipped: ../shared/data is absent (all cells)');
  const asked = read(argv);
  const crew = new Crew(asked.threads);
  try {
    if (asked.parts.includes('validity')) await validity(crew, asked);
    if (asked.parts.includes('power')) await power(crew, asked);
    if (asked.parts.includes('bounds')) await bounds(asked);
  } finally {
    await crew.dismiss();
  }
}

function read(argv: string[]): Asked {
  const { values } = parseArgs({
    args: argv,
    options: {
      sets: { type: 'string', default: worldNames.join(',') },
      n: { type: 'string', default: '200,500,2000' },
      'max-loss': { type: 'string', default: '0.01,0.03' },
      draws: { type: 'string', default: '300' },
      confidence: { type: 'string', default: '0.9' },
      price: { type: 'string', default: '0.5,0.8,0.9,0.95,0.99' },
      parts: { type: 'string', default: 'validity,power,bounds' },
      threads: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    },
  });
  const named = values.sets.split(',');
  const unknown = named.filter((name) => !worldNames.some((known) => known === name));
  if (unknown.length > 0)
    throw new Error(`No set ${unknown.join(', ')}: there are ${worldNames.join(', ')}.`);
  const numbers = (text: string): number[] => text.split(',').map(Number);
  return {
    sets: worldNames.filter((name) => named.includes(name)),
    sizes: numbers(values.n),
    tolerances: numbers(values['max-loss']),
    draws: Number(values.draws),
    confidence: Number(values.confidence),
    threads: Number(values.threads),
    price: numbers(values.price),
    parts: values.parts.split(','),
  };
}

/** Most breaks of so many draws that a true share of `rate` gives in 95 of 100 cases (exact binomial). */
function mostBreaks(draws: number, rate: number): number {
  let chance = (1 - rate) ** draws;
  let cumulated = chance;
  let k = 0;
  while (cumulated < 0.95 && k < draws) {
    k++;
    chance *= ((draws - k + 1) / k) * (rate / (1 - rate));
    cumulated += chance;
  }
  return k;
}

async function validity(crew: Crew, asked: Asked): Promise<void> {
  const { draws, confidence } = asked;
  const most = mostBreaks(draws, 1 - confidence);
  console.log(
    `${draws} draws a cell, confidence ${confidence}, reference: the best single. n rows in all (30 % fit, 55 % calibrate, 15 % test); ` +
      `where n is above half of what is recorded (*) rows are drawn with replacement and judged on all of them, else on those not drawn.`,
  );
  console.log(
    `A true share of ${percent(1 - confidence).trim()} gives at most ${most} breaks (${percent(most / draws).trim()}) in 95 of 100 cells; more is marked.`,
  );
  console.log(
    'set           n  max loss   broken  certified  refused  route  cascade  single   to reference  cost share',
  );
  for (const world of asked.sets) {
    const matrix = await loadWorld(world);
    crew.send({ matrix, world });
    for (const n of asked.sizes) {
      for (const maxLoss of asked.tolerances) {
        const drawn = await crew.draw({ world, n, maxLoss, confidence }, draws);
        const mark = n > matrix.examples.length / 2 ? '*' : ' ';
        console.log(`${world.padEnd(10)}${String(n).padStart(5)}${mark} ${row(drawn, maxLoss, most)}`);
      }
    }
  }
}

function row(drawn: Drawn[], maxLoss: number, most: number): string {
  const share = (is: (one: Drawn) => boolean): string => percent(drawn.filter(is).length / drawn.length);
  const broken = (one: Drawn): boolean => one.certified && one.loss > maxLoss + 1e-12;
  const verdict = (name: string): string => share((one) => one.verdict === name);
  return [
    String(maxLoss).padStart(8),
    share(broken) + (drawn.filter(broken).length > most ? '!' : ' '),
    '  ' + share(({ certified }) => certified),
    verdict('insufficient-data'),
    verdict('route'),
    verdict('cascade'),
    verdict('single'),
    '   ' + percent(mean(drawn.map(({ reference }) => reference))),
    '    ' + percent(mean(drawn.map(({ cost }) => cost))),
  ].join(' ');
}

async function power(crew: Crew, { draws, sizes, price }: Asked): Promise<void> {
  const world = 'mmlu';
  const maxLoss = 0.03;
  console.log(
    `\nMMLU, at most 3 points, n rows to calibrate on, signals learnt out of fold on all other rows; ${draws} draws (at other confidences than 0.9 no more than 100), judged on the rows held out.`,
  );
  const whole = withLearntSignals(await loadWorld(world));
  crew.send({ matrix: whole, world });
  console.log('signal      n  confidence   broken  to the strong model');
  for (const signal of ['subject', 'stacked']) {
    for (const n of sizes) {
      for (const confidence of signal === 'stacked' ? price : [0.9]) {
        const count = confidence === 0.9 ? draws : Math.min(draws, 100);
        const drawn = await crew.draw({ world, n, signal, maxLoss, confidence }, count);
        const broken = drawn.filter((one) => one.certified && one.loss > maxLoss + 1e-12).length / count;
        const sent = mean(drawn.map(({ reference }) => reference));
        console.log(
          `${signal.padEnd(8)}${String(n).padStart(5)} ${String(confidence).padStart(11)}  ${percent(broken)} ${percent(sent)}`,
        );
      }
    }
  }
}

async function bounds({ sizes }: Asked): Promise<void> {
  console.log(
    '\nBounds on MMLU, at most 3 points, along one sequence of thresholds of the stacked signal, confidence 0.9, 100 draws:',
  );
  const whole = withLearntSignals(await loadWorld('mmlu'));
  compareBounds(whole, { sizes, draws: 100, maxLoss: 0.03, confidence: 0.9 });
}

/** Threads that take the next few seeds as they become free. */
class Crew {
  readonly #workers: Worker[];

  constructor(threads: number) {
    this.#workers = Array.from(
      { length: threads },
      // The runner's own --input-type is not for files.
      () => new Worker(new URL('certificates-worker.ts', import.meta.url), { execArgv: [] }),
    );
  }

  send(message: Message): void {
    for (const worker of this.#workers) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(message);
    }
  }

  async draw(cell: Omit<Job, 'seeds'>, draws: number): Promise<Drawn[]> {
    const seeds = Array.from({ length: draws }, (_, i) => i + 1);
    const parts = Array.from({ length: Math.ceil(draws / seedsAJob) }, (_, k) =>
      seeds.slice(k * seedsAJob, (k + 1) * seedsAJob),
    );
    const done: Drawn[][] = [];
    let next = 0;
    await Promise.all(
      this.#workers.map(async (worker) => {
        while (next < parts.length) {
          const at = next++;
          done[at] = await answer(worker, { ...cell, seeds: parts[at]! });
        }
      }),
    );
    return done.flat();
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function answer(worker: Worker, job: Job): Promise<Drawn[]> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error);
    worker.once('error', fail);
    worker.once('message', (drawn: Drawn[]) => {
      worker.off('error', fail);
      resolve(drawn);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ job } satisfies Message);
  });
}
