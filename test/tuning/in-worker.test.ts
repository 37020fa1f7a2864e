import { describe, expect, it } from 'vitest';
import { FitInput } from '../../engine/api/index.ts';
import { fitInWorker, fitPolicy } from '../../engine/tuning/index.ts';
import { informative, world } from './worlds.ts';

const now = '2026-01-02T03:04:05.000Z';
const matrix = world(informative(3000, 5));
const input = FitInput.parse({ runs: ['r'], maxLoss: 0.03 });

describe('a fit on a thread of its own', () => {
  it('is the fit to the last digit, with its progress', async () => {
    const stages: string[] = [];
    const context = {
      signal: new AbortController().signal,
      progress: (stage: string) => stages.push(stage),
      now,
    };
    const there = await fitInWorker(matrix, input, context);
    expect(new Set(stages)).toEqual(new Set(['check', 'search', 'calibrate', 'test']));
    expect(there).toEqual(await fitPolicy(matrix, input, context));
  });

  it('throws the error of the fit with its code and hint', async () => {
    const context = { signal: new AbortController().signal, progress: () => undefined, now };
    const wrong = FitInput.parse({ runs: ['r'], maxLoss: 0.03, reference: 'nobody' });
    await expect(fitInWorker(matrix, wrong, context)).rejects.toMatchObject({
      name: 'WorkbenchError',
      code: 'candidate.unknown',
      hint: expect.any(String),
    });
  });

  it('ends at once when cancelled, however deep in the search', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const fitting = fitInWorker(world(informative(200_000, 5)), input, {
      signal: abort.signal,
      progress: (stage) => {
        seen.push(stage);
        abort.abort();
      },
      now,
    });
    await expect(fitting).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).not.toContain('test');
  });

  it('leaves the asker answerable while it runs', async () => {
    let turns = 0;
    const tick = setInterval(() => turns++, 1);
    await fitInWorker(world(informative(20_000, 5)), input, {
      signal: new AbortController().signal,
      progress: () => undefined,
      now,
    });
    clearInterval(tick);
    expect(turns).toBeGreaterThan(20);
  });
});
