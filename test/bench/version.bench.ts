/** `kneepoint --version`: how long a person waits for nothing. */
import { measure, median } from './measure.ts';

export async function run(): Promise<void> {
  const bare: number[] = [];
  const ours: number[] = [];
  for (let i = 0; i < 11; i++) {
    bare.push((await measure(['-e', '0'])).wallMs);
    ours.push((await measure(['bin/kneepoint.js', '--version'])).wallMs);
  }
  console.log(
    `kneepoint --version: median ${median(ours).toFixed(0)} ms of 11 (bare node ${median(bare).toFixed(0)} ms)`,
  );
}
