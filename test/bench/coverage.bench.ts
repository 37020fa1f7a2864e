/** How often nominal 95 % intervals cover the truth, and how often McNemar's test finds what is not there. */
import { mcnemarMidP, meanInterval, newcombePaired, seededRandom } from '../../engine/math/index.ts';

const level = 0.95;
const sizes = [30, 200, 2000];
const rates = [0.5, 0.9, 0.99];
const draws = 20_000;
const CLUSTER = 5;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
/** What lies outside 93–97 % is marked; above it the interval is wider than need be, never too narrow. */
const told = (covered: number): string =>
  `${percent(covered)}${covered < 0.93 ? ' TOO NARROW' : covered > 0.97 ? ' (wide)' : ''}`;

/** P(X = k) of Binomial(n, p) for all k, by logarithms. */
function binomial(n: number, p: number): Float64Array {
  const masses = new Float64Array(n + 1);
  let log = n * Math.log1p(-p);
  for (let k = 0; k <= n; k++) {
    masses[k] = Math.exp(log);
    log += Math.log((n - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return masses;
}

const intervals = new Map<number, { lo: number; hi: number }[]>();
/** Exact: every count of successes with its probability. */
function independent(n: number, p: number): number {
  const masses = binomial(n, p);
  let known = intervals.get(n);
  if (known === undefined) {
    known = Array.from({ length: n + 1 }, (_, k) => meanInterval(new Float64Array(n).fill(1, 0, k), level));
    intervals.set(n, known);
  }
  let covered = 0;
  known.forEach(({ lo, hi }, k) => {
    if (lo <= p && p <= hi) covered += masses[k]!;
  });
  return covered;
}

/** Chance of k right rows of a cluster: with chance `copies` all its rows are copies of one, else independent. */
function clusterLaw(p: number, size: number, copies: number): Float64Array {
  const law = binomial(size, p).map((mass) => mass * (1 - copies));
  law[size]! += copies * p;
  law[0]! += copies * (1 - p);
  return law;
}

/** Every way in which clusters can come out, as how many hold k right rows, with its probability. */
function* everyOutcome(clusters: number, law: Float64Array): Generator<{ held: number[]; mass: number }> {
  function* rest(k: number, left: number, mass: number): Generator<{ held: number[]; mass: number }> {
    if (k === law.length - 1) {
      yield { held: [left], mass: mass * law[k]! ** left };
      return;
    }
    let ways = 1;
    for (let here = 0; here <= left; here++) {
      for (const { held, mass: total } of rest(k + 1, left - here, mass * ways * law[k]! ** here))
        yield { held: [here, ...held], mass: total };
      ways = (ways * (left - here)) / (here + 1);
    }
  }
  yield* rest(0, clusters, 1);
}

function* drawn(clusters: number, law: Float64Array): Generator<{ held: number[]; mass: number }> {
  for (let draw = 1; draw <= draws; draw++) {
    const random = seededRandom(draw * 7919 + clusters);
    const held = Array.from(law, () => 0);
    for (let g = 0; g < clusters; g++) {
      let left = random.next();
      let k = law.length - 1;
      while (k > 0 && left >= law[k]!) left -= law[k--]!;
      held[k]!++;
    }
    yield { held, mass: 1 / draws };
  }
}

/** Clusters of `size` rows with intraclass correlation `copies`. Exact for n = 30, else by draws. */
function clustered(n: number, p: number, { size, copies }: { size: number; copies: number }): number {
  const clusters = Math.round(n / size);
  const law = clusterLaw(p, size, copies);
  const groups = Int32Array.from({ length: clusters * size }, (_, i) => Math.floor(i / size));
  const known = new Map<string, boolean>();
  let covered = 0;
  for (const { held, mass } of n <= 30 ? everyOutcome(clusters, law) : drawn(clusters, law)) {
    const key = held.join();
    let holds = known.get(key);
    if (holds === undefined) {
      const values = new Float64Array(clusters * size);
      let at = 0;
      held.forEach((count, k) => {
        for (let i = 0; i < count; i++, at += size) values.fill(1, at, at + k);
      });
      const { lo, hi } = meanInterval(values, level, groups);
      holds = lo <= p && p <= hi;
      known.set(key, holds);
    }
    if (holds) covered += mass;
  }
  return covered;
}

/** Paired rates: `discordant` of the rows differ, evenly. McNemar's false findings and Newcombe's coverage of 0. */
function paired(n: number, discordant: number): { found: number; covered: number } {
  const masses = binomial(n, discordant);
  let found = 0;
  let covered = 0;
  for (let k = 0; k <= n; k++) {
    if (masses[k]! < 1e-9) continue;
    const halves = binomial(k, 0.5);
    for (let onlyA = 0; onlyA <= k; onlyA++) {
      const mass = masses[k]! * halves[onlyA]!;
      if (mass < 1e-12) continue;
      const onlyB = k - onlyA;
      if (mcnemarMidP(onlyA, onlyB) <= 1 - level) found += mass;
      const both = Math.round((n - k) * 0.8);
      const { lo, hi } = newcombePaired({ both, onlyA, onlyB, neither: n - k - both }, level);
      if (lo <= 0 && hi >= 0) covered += mass;
    }
  }
  return { found, covered };
}

export function run(): void {
  console.log('interval of one rate, exact sums, n × p:');
  for (const n of sizes)
    console.log(`  n=${n}: ${rates.map((p) => `p=${p} ${told(independent(n, p))}`).join(', ')}`);
  console.log(
    `clusters of ${CLUSTER}, correlation 0.3 (n=30 exact; else ${draws} draws, ± ${percent(1.96 * Math.sqrt((0.05 * 0.95) / draws))}):`,
  );
  for (const n of sizes) {
    const cells = rates.map((p) => `p=${p} ${told(clustered(n, p, { size: CLUSTER, copies: 0.3 }))}`);
    console.log(`  n=${n}: ${cells.join(', ')}`);
  }
  console.log('other correlations (clusters of 5; p = .5, .9, .99):');
  for (const copies of [0, 0.1, 0.6, 1]) {
    const cells = sizes.map((n) => {
      const covered = rates.map((p) => told(clustered(n, p, { size: CLUSTER, copies })));
      return `n=${n} ${covered.join(' / ')}`;
    });
    console.log(`  ${copies}: ${cells.join('; ')}`);
  }
  console.log('over all p from .01 to .99 by .002, one rate, least and mean coverage:');
  for (const n of [30, 200]) {
    const all = Array.from({ length: 491 }, (_, i) => independent(n, 0.01 + i * 0.002));
    const inside = all.filter((covered) => covered >= 0.93 && covered <= 0.97).length / all.length;
    console.log(
      `  n=${n}: least ${percent(Math.min(...all))}, mean ${percent(all.reduce((a, b) => a + b) / all.length)}, inside 93–97 % at ${percent(inside)} of p`,
    );
  }
  console.log(
    'two rates on the same rows, no difference, exact sums: McNemar mid-p finds one, Newcombe covers 0:',
  );
  for (const n of sizes) {
    const figures = [0.05, 0.2, 0.5].map((discordant) => {
      const { found, covered } = paired(n, discordant);
      return `${percent(discordant)} discordant ${percent(found)}${found > 0.05 ? ' TOO OFTEN' : ''}, ${told(covered)}`;
    });
    console.log(`  n=${n}: ${figures.join('; ')}`);
  }
  console.log(
    'Few successes or failures leave few possible intervals: none of them can cover in exactly 95 %.',
  );
}
