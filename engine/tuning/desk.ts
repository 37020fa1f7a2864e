/** What the steps of a search share. */
import type { Family, FitInput, OutcomeMatrix } from '../api/index.ts';
import { chooseBound, normalQuantile, worstUnits } from '../math/index.ts';
import type { SignalSet } from './collect-signals.ts';
import { ladderOf } from './ladder.ts';
import { type Singles, singlesOn } from './mix.ts';
import { gather } from './plan.ts';

export interface Search {
  matrix: OutcomeMatrix;
  /** Kept candidates. */
  kept: readonly number[];
  reference: number;
  fit: Int32Array;
  /** All paired rows. */
  rows: Int32Array;
  calibrate: number;
  /** Rows of the largest group of the dataset. */
  largestCluster: number;
  signals: SignalSet;
  input: FitInput;
}

const maxCandidates = 8;
const isBinary = (score: number): boolean => score === 0 || score === 1;

export interface Desk extends Search {
  singles: Singles;
  /** Candidates worth combining, cheapest first. */
  ladder: number[];
  cost: Map<number, number>;
  score: Map<number, number>;
  /** By which the loss is certified: chosen by what the scores and groups are, before any loss is looked at. */
  bound: 'paired' | 'student';
  /** Rows that the bound adds as lost. */
  worst: number;
  referenceScore: Float64Array;
  z: number;
  allowed: ReadonlySet<Family>;
}

export function openDesk(search: Search): Desk {
  const { matrix, kept, fit, reference, input } = search;
  const singles = singlesOn(matrix, kept, fit);
  const cost = new Map(kept.map((c, i) => [c, singles.points[i]!.cost]));
  const score = new Map(kept.map((c, i) => [c, singles.points[i]!.score]));
  const binary = kept.every((c) => search.rows.every((row) => isBinary(matrix.scores[c]![row]!)));
  const bound = chooseBound(binary, matrix.groups);
  return {
    ...search,
    bound,
    singles,
    ladder: ladderOf(matrix, kept, singles, reference, maxCandidates),
    cost,
    score,
    worst: bound === 'paired' ? 1 : search.largestCluster * worstUnits(input.confidence),
    referenceScore: gather(matrix.scores[reference]!, fit),
    z: Math.max(0, normalQuantile(input.confidence)),
    allowed: new Set(input.families ?? ['threshold', 'group-table', 'cascade']),
  };
}
