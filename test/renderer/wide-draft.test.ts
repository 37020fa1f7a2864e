import { describe, expect, it } from 'vitest';
import { longFromWide } from '../../datasets/outcomes/wide-table.ts';
import { candidatesFound, guessWide, wideMapping } from '../../renderer/screens/import/wide-draft.ts';

const preview = (names: string[]) => ({
  columns: names.map((name) => ({ name, type: 'text' as const, nulls: 0, distinct: 1 })),
});
const names = [
  'id',
  'gpt-4_correct',
  'mini_correct',
  'gpt-4_answer',
  'mini_answer',
  'cost_gpt-4',
  'cost_mini',
];

describe('the draft of a table with columns per candidate', () => {
  it('guesses endings and beginnings that columns share, and the row id', () => {
    expect(guessWide(preview(names))).toEqual({
      example: 'id',
      patterns: { score: '{candidate}_correct', output: '{candidate}_answer', cost: 'cost_{candidate}' },
      candidates: [],
    });
    // One column alone shares nothing with another.
    expect(guessWide(preview(['id', 'mini_correct', 'note'])).patterns).toEqual({});
  });

  it('finds the candidates that the engine finds', async () => {
    const draft = guessWide(preview(names));
    const mapped = wideMapping(names, draft);
    if ('problem' in mapped) throw new Error(mapped.problem);
    const fields = Object.fromEntries(names.map((name) => [name, '1']));
    // What the table's reader looks at.
    const source = {
      name: 'x',
      columns: names,
      async *records() {
        yield { line: 2, fields };
      },
    } as unknown as Parameters<typeof longFromWide>[0];
    const engine = longFromWide(source, { ...mapped.mapping, signals: [] }, undefined);
    const seen = [];
    for await (const { fields: row } of engine.source.records()) seen.push(row?.[engine.columns.candidate]);
    expect(seen).toEqual(['gpt-4', 'mini']);
    expect(candidatesFound(names, draft)).toEqual(seen);
  });

  it('says what is missing', () => {
    const problem = (draft: Parameters<typeof wideMapping>[1]): string => {
      const mapped = wideMapping(['id', 'a', 'b'], draft);
      return 'problem' in mapped ? mapped.problem : '';
    };
    const none = { example: 'id', patterns: {}, candidates: [] };
    expect(problem({ ...none, example: null })).toMatch(/row id/);
    expect(problem(none)).toMatch(/scores or answers/);
    expect(problem({ ...none, patterns: { score: 'a' } })).toMatch(/\{candidate\}/);
    expect(problem({ ...none, patterns: { score: '{candidate}' } })).toMatch(/columns that are candidates/);
    expect(problem({ ...none, patterns: { score: '{candidate}_ok' } })).toMatch(/No column is like/);
    expect(problem({ ...none, patterns: { score: '{candidate}' }, candidates: ['a', 'b'] })).toBe('');
  });
});
