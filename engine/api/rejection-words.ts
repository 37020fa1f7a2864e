import type { RejectedRow } from './dataset.ts';

/** What each reason is called, and what can be done about the row. */
export const rejectionWords: Record<RejectedRow['code'], { reason: string; fix: string }> = {
  label_missing: {
    reason: 'No expected answer',
    fix: 'Fill in the expected answer, or choose another column for it.',
  },
  id_duplicate: {
    reason: 'Id used before',
    fix: 'Give the row an id of its own, or leave the id column out: ids are then made from the content.',
  },
  id_missing: { reason: 'No id', fix: 'Fill in the id, or leave the id column out.' },
  malformed: { reason: 'Cannot be read', fix: 'Look for an open quote or a missing delimiter at this line.' },
  input_missing: { reason: 'No input', fix: 'Fill in the input, or choose fewer input columns.' },
  split_unknown: {
    reason: 'Unknown split',
    fix: 'Write fit, calibrate or test (train, validation and dev are understood), or leave the column out.',
  },
  messages_invalid: {
    reason: 'Not a conversation',
    fix: 'Write a JSON list of messages, each with a role and a text.',
  },
  pair_missing: { reason: 'Whose answer is not said', fix: 'Fill in the row id and the candidate.' },
  pair_duplicate: {
    reason: 'Answered before',
    fix: 'Keep one answer of a candidate to a row, or name the column that tells repeats apart.',
  },
  score_invalid: { reason: 'Not a score', fix: 'Write a number from 0 to 1, true or false, or nothing.' },
  amount_invalid: { reason: 'Not an amount', fix: 'Write a number from 0, without a unit, or nothing.' },
  too_large: { reason: 'Too large', fix: 'Shorten the text, or leave the row out.' },
};
