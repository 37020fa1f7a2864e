import { type OutcomeMatrix, type Policy, type PolicyDraft, WorkbenchError } from '../api/index.ts';
import { sha256Hex } from '../policy/index.ts';

/** Matrix rows of each part, ascending. */
export interface Split {
  fit: Int32Array;
  calibrate: Int32Array;
  test: Int32Array;
  /** Whether the dataset itself said which rows are for testing. */
  provided: boolean;
}

/** A provided part smaller than this is not trusted to carry a certificate or a figure. */
const leastProvided = 100;
const shares = { fit: 0.3, calibrate: 0.55 };
/** Of the rows that are not the dataset's own test rows, where its fit rows have no outcomes. */
const fitShareWithoutTest = 0.3;

/** Rows on which every one of the candidates has a score in [0, 1] and a cost, ascending. */
export function pairedRows(matrix: OutcomeMatrix, candidates: readonly number[]): Int32Array {
  const rows = new Int32Array(matrix.examples.length);
  let n = 0;
  for (let row = 0; row < rows.length; row++) {
    const complete = candidates.every((c) => {
      const score = matrix.scores[c]![row]!;
      const cost = matrix.costs[c]![row]!;
      return score >= 0 && score <= 1 && cost >= 0 && cost < Infinity;
    });
    if (complete) rows[n++] = row;
  }
  return rows.slice(0, n);
}

/**
 * Divides paired rows by group. The dataset's own parts where it provides 100 rows to calibrate and 100 to test on;
 * else groups in the order of a hash of (seed, smallest example id of the group), cut at 30 % fit, 55 % calibrate and
 * 15 % test: neither the order of rows nor that of candidates matters. The calibrating part is the largest because
 * the certificate is what runs out of rows first.
 */
export function splitRows(matrix: OutcomeMatrix, rows: Int32Array, seed: number): Split {
  const given = (part: (split: number) => boolean): Int32Array =>
    rows.filter((row) => part(matrix.splits[row]!));
  const fit = given((split) => split !== 1 && split !== 2);
  const calibrate = given((split) => split === 1);
  const test = given((split) => split === 2);
  if (calibrate.length < leastProvided || test.length < leastProvided) {
    const cut = byGroup(matrix, rows, seed);
    return {
      fit: cut(0, shares.fit),
      calibrate: cut(shares.fit, shares.fit + shares.calibrate),
      test: cut(shares.fit + shares.calibrate, 2),
      provided: false,
    };
  }
  if (fit.length >= leastProvided) return { fit, calibrate, test, provided: true };
  const cut = byGroup(
    matrix,
    given((split) => split !== 2),
    seed,
  );
  return { fit: cut(0, fitShareWithoutTest), calibrate: cut(fitShareWithoutTest, 2), test, provided: true };
}

/** Groups with rows in more than one part: possible only where the dataset itself provides the parts. */
export function straddlingGroups(matrix: OutcomeMatrix, { fit, calibrate, test }: Split): number {
  const parts = [fit, calibrate, test].map((rows) => new Set(Array.from(rows, (row) => matrix.groups[row]!)));
  const all = new Set(parts.flatMap((part) => [...part]));
  return [...all].filter((group) => parts.filter((part) => part.has(group)).length > 1).length;
}

/** Rows of the groups whose middle lies in a range of cumulated shares. */
function byGroup(
  matrix: OutcomeMatrix,
  rows: Int32Array,
  seed: number,
): (from: number, to: number) => Int32Array {
  const groups = new Map<number, { id: string; rows: number[] }>();
  for (const row of rows) {
    const id = matrix.examples[row]!;
    const group = groups.get(matrix.groups[row]!);
    if (group === undefined) groups.set(matrix.groups[row]!, { id, rows: [row] });
    else {
      group.rows.push(row);
      if (id < group.id) group.id = id;
    }
  }
  const ordered = [...groups.values()]
    .map((group) => ({ ...group, key: keyOf(seed, group.id) }))
    .sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1));
  let seen = 0;
  const placed = ordered.map((group) => {
    const middle = (seen + group.rows.length / 2) / rows.length;
    seen += group.rows.length;
    return { middle, rows: group.rows };
  });
  return (from, to) =>
    Int32Array.from(
      placed.filter(({ middle }) => middle >= from && middle < to).flatMap((group) => group.rows),
    ).sort();
}

/** 53 bits of FNV-1a in two lanes, finished as MurmurHash3 does. */
function keyOf(seed: number, id: string): number {
  const text = `${seed}\u0000${id}`;
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  const finish = (x: number): number => {
    let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return finish(a) * 2 ** 21 + (finish(b ^ a) >>> 11);
}

/** sha256 over the example ids of the three parts: the order of rows does not matter. */
export function splitHash(matrix: OutcomeMatrix, split: Omit<Split, 'provided'>): string {
  const ids = (rows: Int32Array): string[] => Array.from(rows, (row) => matrix.examples[row]!).sort();
  return sha256Hex(JSON.stringify([ids(split.fit), ids(split.calibrate), ids(split.test)]));
}

/**
 * The very rows a policy was fitted, calibrated and tested on, found again in its run's outcomes.
 * @throws WorkbenchError policy.stale where the outcomes are no longer those rows.
 */
export function policySplit(
  policy: Pick<Policy | PolicyDraft, 'evidence' | 'candidates' | 'name'>,
  matrix: OutcomeMatrix,
): { fit: Int32Array; calibrate: Int32Array; test: Int32Array } {
  const { evidence } = policy;
  const candidates = policy.candidates.map(({ id }) => matrix.candidates.indexOf(id));
  if (!candidates.includes(-1)) {
    const { fit, calibrate, test } = splitRows(matrix, pairedRows(matrix, candidates), evidence.seed);
    if (splitHash(matrix, { fit, calibrate, test }) === evidence.splitHash) return { fit, calibrate, test };
  }
  throw new WorkbenchError(
    'policy.stale',
    `The rows "${policy.name}" was fitted on cannot be found in these outcomes.`,
    {
      hint: 'Replay on all rows (--split all), or on the run it was fitted on.',
      details: { runs: evidence.run, rows: evidence.rows },
    },
  );
}
