/** What a table of outcomes lacks: missing pairs, unknown costs, blank answers, candidates that look broken. */
import type { Outcome, Warning } from '../engine/api/index.ts';
import { type Candidate, broken, failing, manyUnparsed, truncatedOf } from './outcomes/broken-candidates.ts';
import type { OutcomeMarks } from './outcomes/columns.ts';

export interface CoverageCounts {
  /** `first` of its example and candidate; a later one is a repeat. */
  add(outcome: Outcome, first: boolean, marks: OutcomeMarks): void;
  candidates: Map<string, Candidate>;
  examples: Set<string>;
  /** Distinct pairs of example and candidate. */
  pairs: number;
  /** How often a pair occurs, of those that occur more than once. */
  repeats: Map<string, number>;
}

const newCandidate = (): Candidate => ({
  examples: 0,
  outcomes: 0,
  scored: 0,
  right: 0,
  failed: 0,
  costUnknown: 0,
  blank: 0,
  unscored: 0,
  answers: 0,
  unparsed: 0,
  priced: 0,
  mismatched: 0,
  worst: null,
  truncated: 0,
  finishKnown: false,
  tokens: { known: 0, sum: 0, max: 0, atMax: 0 },
});

export function newCoverage(): CoverageCounts {
  const candidates = new Map<string, Candidate>();
  const examples = new Set<string>();
  const repeats = new Map<string, number>();
  const coverage: CoverageCounts = {
    candidates,
    examples,
    repeats,
    pairs: 0,
    add(outcome, first, marks) {
      let counts = candidates.get(outcome.candidate);
      if (counts === undefined) candidates.set(outcome.candidate, (counts = newCandidate()));
      if (first) {
        examples.add(outcome.example);
        coverage.pairs++;
        counts.examples++;
      } else {
        const pair = `${outcome.example}\u0000${outcome.candidate}`;
        repeats.set(pair, (repeats.get(pair) ?? 1) + 1);
      }
      counts.outcomes++;
      if (outcome.score !== null) {
        counts.scored++;
        counts.right += outcome.score;
      } else if (outcome.error === null) counts.unscored++;
      if (outcome.error !== null) counts.failed++;
      if (outcome.costUsd === null) counts.costUnknown++;
      if (outcome.output !== null && outcome.error === null) counts.answers++;
      if (outcome.output !== null && outcome.output.trim() === '') counts.blank++;
      countTokens(counts.tokens, outcome.outputTokens);
      countMarks(counts, marks);
    },
  };
  return coverage;
}

function countTokens(tokens: Candidate['tokens'], found: number | null): void {
  if (found === null) return;
  tokens.known++;
  tokens.sum += found;
  if (found > tokens.max) {
    tokens.max = found;
    tokens.atMax = 1;
  } else if (found === tokens.max) tokens.atMax++;
}

function countMarks(counts: Candidate, { priced, mismatch, truncated, unparsed }: OutcomeMarks): void {
  if (priced) counts.priced++;
  if (mismatch !== null) {
    counts.mismatched++;
    const off = (one: { stated: number; computed: number } | null): number =>
      one === null ? -1 : Math.abs(one.stated - one.computed);
    if (off(mismatch) > off(counts.worst)) counts.worst = mismatch;
  }
  if (truncated !== null) counts.finishKnown = true;
  if (truncated === true) counts.truncated++;
  if (unparsed) counts.unparsed++;
}

/** `scored`: the table has scores of its own, so a missing one is worth saying. */
export function coverageWarnings(
  { candidates, examples, repeats }: CoverageCounts,
  scored: boolean,
): Warning[] {
  const list = [...candidates];
  const warn = (code: string, message: string, hits: [string, number, string?][]): Warning[] =>
    hits.length === 0
      ? []
      : [
          {
            code,
            message,
            count: hits.reduce((sum, [, count]) => sum + count, 0),
            examples: hits.slice(0, 20).map(([id, count, more = '']) => `${id}: ${count}${more}`),
          },
        ];
  const count = (of: (candidate: Candidate) => number): [string, number][] =>
    list.map(([id, candidate]): [string, number] => [id, of(candidate)]).filter(([, hits]) => hits > 0);
  const most = [...repeats.values()].reduce((max, found) => Math.max(max, found), 1);
  return [
    ...warn(
      'pairs_missing',
      'Some examples have no outcome of some candidate; paired figures leave those rows out.',
      count((candidate) => examples.size - candidate.examples),
    ),
    ...warn(
      'epochs_reduced',
      `Repeats of an example (up to ${most}) were reduced to one outcome: the mean of score, cost and latency.`,
      most > 1 ? count((candidate) => candidate.outcomes - candidate.examples) : [],
    ),
    ...warn(
      'epochs_missing',
      `Some examples were asked fewer than ${most} times.`,
      most > 1 ? count((candidate) => candidate.examples * most - candidate.outcomes) : [],
    ),
    ...warn(
      'cost_unknown',
      'Some outcomes have no cost: unknown, never 0.',
      count(({ costUnknown }) => costUnknown),
    ),
    ...warn(
      'cost_from_price',
      'Some costs were computed from tokens and the frozen price table, because the file has none.',
      count(({ priced }) => priced),
    ),
    ...warn(
      'cost_mismatch',
      'Some costs are not tokens × price of the frozen table: another price, a discount, or tokens of other calls.',
      list
        .filter(([, { mismatched }]) => mismatched > 0)
        .map(([id, { mismatched, worst }]) => [
          id,
          mismatched,
          worst === null ? '' : `, such as ${usd(worst.stated)} where ${usd(worst.computed)} is due`,
        ]),
    ),
    ...warn(
      'outcomes_failed',
      'Some calls failed; they are neither right nor wrong.',
      count(({ failed }) => failed),
    ),
    ...warn(
      'scores_missing',
      'Some outcomes have no score; paired figures leave those rows out.',
      scored ? count(({ unscored }) => unscored) : [],
    ),
    ...warn(
      'answers_blank',
      'Some answers are blank.',
      count(({ blank }) => blank),
    ),
    ...warn(
      'answers_unparsed',
      'In many answers no answer was found: look at the prompt, or at how the answer is read.',
      list
        .filter(([, candidate]) => manyUnparsed(candidate))
        .map(([id, { unparsed, answers }]) => [id, unparsed, ` of ${answers}`]),
    ),
    ...warn(
      'answers_truncated',
      'Some answers look cut off at a limit of output tokens.',
      list
        .map(([id, candidate]): [string, number, string] => [
          id,
          truncatedOf(candidate),
          ` of ${candidate.outcomes}`,
        ])
        .filter(([, hits]) => hits > 0),
    ),
    ...warn(
      'candidate_failing',
      'A candidate failed on nearly everything while its peers answered: its scores say nothing.',
      failing(list),
    ),
    ...warn(
      'candidate_broken',
      'A candidate is wrong on nearly everything its peers get right: is its answer parsed?',
      broken(list),
    ),
  ];
}

const usd = (amount: number): string => `$${amount.toPrecision(3)}`;
