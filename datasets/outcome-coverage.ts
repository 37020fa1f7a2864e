/** What a table of outcomes lacks: missing pairs, unknown costs, blank answers, candidates that look broken. */
import type { Outcome, Warning } from '../engine/api/index.ts';

interface Candidate {
  outcomes: number;
  scored: number;
  right: number;
  failed: number;
  costUnknown: number;
  blank: number;
  unscored: number;
}
export interface CoverageCounts {
  add(outcome: Outcome): void;
  candidates: Map<string, Candidate>;
  examples: Set<string>;
}

export function newCoverage(): CoverageCounts {
  const candidates = new Map<string, Candidate>();
  const examples = new Set<string>();
  return {
    candidates,
    examples,
    add(outcome) {
      examples.add(outcome.example);
      let counts = candidates.get(outcome.candidate);
      if (counts === undefined)
        candidates.set(
          outcome.candidate,
          (counts = { outcomes: 0, scored: 0, right: 0, failed: 0, costUnknown: 0, blank: 0, unscored: 0 }),
        );
      counts.outcomes++;
      if (outcome.score !== null) {
        counts.scored++;
        counts.right += outcome.score;
      } else if (outcome.error === null) counts.unscored++;
      if (outcome.error !== null) counts.failed++;
      if (outcome.costUsd === null) counts.costUnknown++;
      if (outcome.output !== null && outcome.output.trim() === '') counts.blank++;
    },
  };
}

/** A candidate under this while its peers' median is over PEERS is most likely broken, not weak. */
const BROKEN = 0.02;
const PEERS = 0.3;

/** `scored`: the table has scores of its own, so a missing one is worth saying. */
export function coverageWarnings({ candidates, examples }: CoverageCounts, scored: boolean): Warning[] {
  const list = [...candidates];
  const warn = (code: string, message: string, hits: [string, number][]): Warning[] =>
    hits.length === 0
      ? []
      : [
          {
            code,
            message,
            count: hits.reduce((sum, [, count]) => sum + count, 0),
            examples: hits.slice(0, 20).map(([id, count]) => `${id}: ${count}`),
          },
        ];
  const count = (of: (candidate: Candidate) => number): [string, number][] =>
    list.map(([id, candidate]): [string, number] => [id, of(candidate)]).filter(([, hits]) => hits > 0);

  const rates = list
    .filter(([, { scored }]) => scored >= 20)
    .map(([id, { right, scored }]): [string, number] => [id, right / scored]);
  const sorted = rates.map(([, rate]) => rate).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const broken =
    median > PEERS
      ? rates
          .filter(([, rate]) => rate < BROKEN)
          .map(([id]): [string, number] => [id, candidates.get(id)?.scored ?? 0])
      : [];
  return [
    ...warn(
      'pairs_missing',
      'Some examples have no outcome of some candidate; paired figures leave those rows out.',
      count(({ outcomes }) => examples.size - outcomes),
    ),
    ...warn(
      'cost_unknown',
      'Some outcomes have no cost: unknown, never 0.',
      count(({ costUnknown }) => costUnknown),
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
      'candidate_broken',
      'A candidate is wrong on nearly everything its peers get right: is its answer parsed?',
      broken,
    ),
  ];
}
