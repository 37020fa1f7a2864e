/** How often nominal 95 % intervals cover the truth, and how often McNemar's test finds what is not there. */
import { mcnemarMidP, meanInterval, newcombePaired, seededRandom } from '../../engine/math/index.ts';

const level = 0.95;
const sizes = [30, 200, 2000];
const rates = [0.5, 0.9, 0.99];
const draws = 4000;
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

/** Exact: every count of successes with its probability. */
function independent(n: number, p: number): number {
  const masses = binomial(n, p);
  let covered = 0;
  for (let k = 0; k <= n; k++) {
    const values = new Float64Array(n).fill(1, 0, k);
    const { lo, hi } = meanInterval(values, level);
    if (lo <= p && p <= hi) covered += masses[k]!;
  }
  return covered;
}

/** Clusters of 5 rows; with chance 0.3 all rows of a cluster are copies of one (intraclass correlation 0.3). */
function clustered(n: number, p: number): number {
  let covered = 0;
  const groups = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 5));
  for (let draw = 1; draw <= draws; draw++) {
    const random = seededRandom(draw * 7919 + n);
    const values = new Float64Array(n);
    for (let start = 0; start < n; start += 5) {
      const copies = random.next() < 0.3;
      const first = random.next() < p ? 1 : 0;
      for (let i = start; i < Math.min(n, start + 5); i++)
        values[i] = copies || i === start ? first : random.next() < p ? 1 : 0;
    }
    const { lo, hi } = meanInterval(values, level, groups);
    if (lo <= p && p <= hi) covered++;
  }
  return covered / draws;
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
  console.log('interval of one rate (Wilson), exact sums, n × p:');
  for (const n of sizes)
    console.log(`  n=${n}: ${rates.map((p) => `p=${p} ${told(independent(n, p))}`).join(', ')}`);
  console.log(
    `clusters of 5, correlation 0.3 (${draws} draws, ± ${percent(1.96 * Math.sqrt((0.05 * 0.95) / draws))}):`,
  );
  for (const n of sizes)
    console.log(`  n=${n}: ${rates.map((p) => `p=${p} ${told(clustered(n, p))}`).join(', ')}`);
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
