/** What a check can say: how bad it is, and what to do about it. */
import type { DatasetFinding } from '../../engine/api/index.ts';

/** Groups of row ids kept a finding: the count is always whole. */
export const MAX_GROUPS = 1000;
const EXAMPLES = 20;

type Said = Pick<DatasetFinding, 'severity' | 'advice'>;
const said: Record<string, Said> = {
  duplicates_exact: {
    severity: 'warning',
    advice:
      'Keep one row each: repeats make intervals too narrow. Map a group column if they belong together.',
  },
  duplicates_normalised: {
    severity: 'warning',
    advice: 'Keep one row each, or map a group column so that they are never separated.',
  },
  duplicates_near: {
    severity: 'info',
    advice: 'Look at a few pairs; paraphrases of one source belong into one group (--group).',
  },
  split_leakage: {
    severity: 'error',
    advice: 'Remove these rows from the later split, or map a group column and split again.',
  },
  split_leakage_near: {
    severity: 'warning',
    advice:
      'Look at the pairs; put twins into one split (map a group column), or drop them from the test rows.',
  },
  answer_in_input: {
    severity: 'warning',
    advice: 'See whether the input gives the answer away; choices listed in a question are fine.',
  },
  labels_conflicting: {
    severity: 'error',
    advice: 'Decide on one answer and import again: no model can be right on all of these rows.',
  },
  labels_conflicting_normalised: {
    severity: 'warning',
    advice: 'Decide on one answer, unless case or punctuation is what the answer depends on.',
  },
  labels_conflicting_near: {
    severity: 'warning',
    advice:
      'Read the pairs: a word may well change the class; where it does not, one of the two is labelled wrong.',
  },
  labels_case: {
    severity: 'info',
    advice: 'Write each answer one way, or judge without case.',
  },
  label_suspect_missed: {
    severity: 'warning',
    advice:
      'Read these rows first: where the models are right, correct the expected answer and import again.',
  },
  label_suspect_agreed: {
    severity: 'warning',
    advice: 'Compare the answer the models agree on with the expected one; correct whichever is wrong.',
  },
  column_empty: { severity: 'warning', advice: 'Leave the column out of the mapping.' },
  column_constant: { severity: 'info', advice: 'It tells no row from another: leave it out.' },
  class_imbalance: {
    severity: 'info',
    advice: 'Read scores by class as well (--by): the mean is that of the frequent answers.',
  },
};
const personal: Said = {
  severity: 'warning',
  advice: 'Remove or mask it before the rows go to a provider; rows are listed by id, values are not shown.',
};
const secret: Said = {
  severity: 'error',
  advice: 'Revoke the keys, then remove them from the file; rows are listed by id, values are not shown.',
};

export type Found = Pick<DatasetFinding, 'code' | 'message' | 'count' | 'unit'> & {
  /** Ids that belong together; an id alone for a single row. */
  groups?: string[][];
  examples?: string[];
  severity?: DatasetFinding['severity'];
};

export function finding({ groups = [], examples, ...found }: Found): DatasetFinding {
  const says =
    said[found.code] ??
    (found.code === 'pii_api_key' || found.code === 'pii_card' || found.code === 'pii_national_id'
      ? found.code === 'pii_api_key'
        ? secret
        : { ...personal, severity: 'error' as const }
      : personal);
  return {
    ...says,
    ...found,
    examples: (examples ?? groups.map((ids) => ids.join(' = '))).slice(0, EXAMPLES),
    rows: groups.slice(0, MAX_GROUPS).map((ids) => ids.slice(0, MAX_GROUPS)),
  };
}

const order = { error: 0, warning: 1, info: 2 };
export const bySeverity = (a: DatasetFinding, b: DatasetFinding): number =>
  order[a.severity] - order[b.severity];
