/** Checks of synthetic texts of 1 kB, and the recall of near duplicates against comparing every pair. */
import { checkExamples } from '../../datasets/index.ts';
import { seededRandom } from '../../engine/math/index.ts';
import { measureRecall } from '../datasets/near-recall.ts';
import { syntheticRows } from '../datasets/synthetic-rows.ts';

export async function run(): Promise<void> {
  for (const similarity of [0.8, 0.85, 0.9]) {
    const { pairs, found } = await measureRecall(seededRandom(3), {
      texts: 1500,
      words: 60,
      atLeast: similarity,
    });
    console.log(`near duplicates of Jaccard ≥ ${similarity}: ${found} of ${pairs} rows that have one found`);
  }
  for (const rows of [100_000, 1_000_000]) {
    const started = performance.now();
    const checked = await checkExamples('synthetic', () => syntheticRows(rows, 1000));
    const seconds = (performance.now() - started) / 1000;
    const counts = checked.findings.map(({ code, count }) => `${code} ${count}`).join(', ');
    console.log(`${rows} rows of 1 kB: ${seconds.toFixed(1)} s (making them twice included); ${counts}`);
    console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  }
}
