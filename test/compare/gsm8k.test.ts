/** Recorded outcomes of ZeroEval GSM8K: the published accuracies must come out of a comparison. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { CompareInput } from '../../engine/api/index.ts';
import { comparePairs } from '../../engine/compare/index.ts';
import { matrixOf } from './matrix.ts';

const folder = new URL('../../../shared/data/zeroeval_gsm/', import.meta.url);
const present = existsSync(folder);

describe.skipIf(!present)(
  '43 recorded candidates on 1,319 questions (1 test, skipped without ../shared/data)',
  () => {
    it('score what their publishers state, and every one is compared with the best in under two seconds', () => {
      const read = (name: string) =>
        parse<Record<string, string>>(readFileSync(new URL(name, folder), 'utf8'), { columns: true });
      const published = new Map(read('models.csv').map((row) => [row['model']!, Number(row['accuracy'])]));
      const examples = new Map<string, number>();
      const scores: Record<string, number[]> = {};
      for (const row of read('outcomes.csv')) {
        const at = examples.get(row['id']!) ?? examples.size;
        examples.set(row['id']!, at);
        (scores[row['model']!] ??= [])[at] = Number(row['correct']);
      }
      for (const list of Object.values(scores)) for (let i = 0; i < examples.size; i++) list[i] ??= NaN;
      const started = performance.now();
      const compared = comparePairs(matrixOf({ scores }), CompareInput.parse({ runs: ['r'] }));
      expect(performance.now() - started).toBeLessThan(2000);
      expect(compared).toMatchObject({ n: 1319, leftOut: 0, baseline: 'claude-3-5-sonnet-20241022' });
      expect(compared.pairs.length).toBe(42);
      for (const { id, score } of compared.candidates)
        expect(score.mean * 100).toBeCloseTo(published.get(id)!, 1);
      expect(compared.pairs.every(({ verdict }) => verdict !== 'better')).toBe(true);
    });
  },
);
