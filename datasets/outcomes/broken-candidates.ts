/** Candidates whose outcomes say more of how they were asked or read than of how good they are. */

/** What was counted of one candidate. */
export interface Candidate {
  /** Distinct examples. */
  examples: number;
  outcomes: number;
  scored: number;
  right: number;
  failed: number;
  costUnknown: number;
  blank: number;
  unscored: number;
  answers: number;
  unparsed: number;
  priced: number;
  mismatched: number;
  worst: { stated: number; computed: number } | null;
  truncated: number;
  /** Whether the table says of its answers how they ended. */
  finishKnown: boolean;
  /** Of the answers' tokens: how many are known, their sum, the largest and how often it occurs. */
  tokens: { known: number; sum: number; max: number; atMax: number };
}
/** A candidate under this while its peers' median is over PEERS is most likely broken, not weak. */
const BROKEN = 0.02;
const PEERS = 0.3;
/** Enough rows to call a candidate broken by its scores; failures need no more than a few. */
const ENOUGH = 20;
const ENOUGH_FAILURES = 5;
const FAILING = 0.9;
/** Share of answers from which on unparsed ones are more than a slip. */
const MANY = 0.05;
const AT_LEAST = 3;

export const manyUnparsed = ({ unparsed, answers }: Candidate): boolean =>
  unparsed >= AT_LEAST && unparsed >= MANY * answers;

/** Told by the table; else guessed where one large token count, far above the mean, occurs again and again. */
export function truncatedOf({ truncated, finishKnown, tokens }: Candidate): number {
  if (finishKnown) return truncated;
  const { known, sum, max, atMax } = tokens;
  const again = atMax >= Math.max(5, MANY * known);
  return again && max >= 64 && max > (2 * (sum - max * atMax)) / Math.max(1, known - atMax) && known > atMax
    ? atMax
    : 0;
}

export function broken(list: [string, Candidate][]): [string, number][] {
  const rates = list
    .filter(([, { scored }]) => scored >= ENOUGH)
    .map(([id, { right, scored }]): [string, number, number] => [id, right / scored, scored]);
  if (middle(rates.map(([, rate]) => rate)) <= PEERS) return [];
  return rates.filter(([, rate]) => rate < BROKEN).map(([id, , scored]) => [id, scored]);
}

export function failing(list: [string, Candidate][]): [string, number][] {
  const rates = list
    .filter(([, { outcomes }]) => outcomes >= ENOUGH_FAILURES)
    .map(([id, { failed, outcomes }]): [string, number, number] => [id, failed / outcomes, failed]);
  return rates
    .filter(
      ([id, rate]) =>
        rate >= FAILING && rates.some(([other, theirs]) => other !== id && theirs < 1 - FAILING),
    )
    .map(([id, , failed]) => [id, failed]);
}

function middle(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
