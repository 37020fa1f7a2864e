import { describe, expect, it } from 'vitest';
import type { DatasetPreviewed } from '../../engine/api/index.ts';
import {
  draftFrom,
  draftProblem,
  mappingOf,
  nameFromFile,
  withRole,
} from '../../renderer/screens/import/import-draft.ts';

const preview: DatasetPreviewed = {
  format: 'csv',
  columns: ['id', 'subject', 'body', 'label', 'year', 'junk'].map((name) => ({
    name,
    type: 'text',
    nulls: 0,
    distinct: 2,
  })),
  rows: [],
  suggestion: { reasons: [], id: 'id', input: ['subject', 'body'], expected: 'label', tags: ['year'] },
};

describe('the draft of an import', () => {
  it('starts with the suggested part for every column and leaves out the rest', () => {
    const draft = draftFrom('Mails (1).csv.gz', preview);
    expect(draft.name).toBe('mails-1');
    expect(mappingOf(draft)).toEqual({
      input: ['subject', 'body'],
      tags: ['year'],
      expected: 'label',
      id: 'id',
    });
  });
  it('gives the expected answer to one column only: the newest choice takes it', () => {
    const draft = withRole(draftFrom('x.csv', preview), 'junk', 'expected');
    expect(mappingOf(draft).expected).toBe('junk');
    expect(draft.roles['label']).toBe('ignore');
  });
  it('lets many columns be input', () => {
    expect(mappingOf(withRole(draftFrom('x.csv', preview), 'junk', 'input')).input).toEqual([
      'subject',
      'body',
      'junk',
    ]);
  });
  it('says what is missing instead of sending it', () => {
    const draft = draftFrom('x.csv', preview);
    expect(draftProblem(draft)).toBeNull();
    expect(draftProblem({ ...draft, name: '  ' })).toMatch(/name/);
    const without = ['subject', 'body'].reduce((now, column) => withRole(now, column, 'ignore'), draft);
    expect(draftProblem(without)).toMatch(/input column/);
  });
  it('makes a usable name of any file name', () => {
    expect(nameFromFile('.csv')).toBe('dataset');
    expect(nameFromFile('../../etc/passwd')).toBe('etc-passwd');
    expect(nameFromFile('Übung 3.jsonl')).toBe('übung-3');
  });
});
