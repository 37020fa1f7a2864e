/** A hundred kills over all kinds of steps; every promise is checked after each, or it throws. */
import { crash, crashSpecs } from '../runs/crash-harness.ts';

const KILLS = 20;

export async function run(): Promise<void> {
  console.log('steps               kills  while opening  acknowledged before  in flight  made again  listed');
  for (const [seed, spec] of crashSpecs.entries()) {
    const crashed = await crash(spec, { examples: 1500, kills: KILLS, inFlight: 64, seed: 100 + seed });
    const cells = [
      crashed.kills,
      crashed.opening,
      crashed.acknowledgedBefore,
      crashed.inFlight,
      crashed.madeAgain,
      crashed.ambiguous,
    ];
    const widths = [7, 15, 21, 11, 12, 8];
    console.log(spec.name.padEnd(18) + cells.map((cell, i) => String(cell).padStart(widths[i]!)).join(''));
  }
  console.log('0 acknowledged outcomes lost, 0 twice, every call made again listed as ambiguous.');
}
