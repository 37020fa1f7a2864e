import { expect, test } from 'vitest';
import { crash, crashSpecs } from './crash-harness.ts';

/** By kind of steps: the sequence most, as it is what most runs are. `npm run bench -- crashes` kills a hundred times. */
const plans = new Map([
  ['sequence', { examples: 1200, kills: 10, inFlight: 64 }],
  ['parallel and map', { examples: 150, kills: 3, inFlight: 16 }],
  ['loop and branch', { examples: 150, kills: 3, inFlight: 16 }],
  ['agent with a tool', { examples: 150, kills: 3, inFlight: 16 }],
  ['review', { examples: 150, kills: 3, inFlight: 16 }],
]);

test.each(crashSpecs)(
  'killed at random moments, a run of a $name keeps every acknowledged outcome, pays nothing twice unlisted, and finishes',
  { timeout: 120_000 },
  async (spec) => {
    const plan = plans.get(spec.name)!;
    const crashed = await crash(spec, { ...plan, seed: 20 });
    expect(crashed.kills).toBeGreaterThan(1);
  },
);
