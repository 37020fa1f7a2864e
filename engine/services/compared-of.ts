import type { Compared, CompareInput } from '../api/index.ts';
import { comparePairs } from '../compare/index.ts';
import type { ComparedMatrix } from './compared-matrix.ts';
import { repricedWarnings } from './reprice-matrix.ts';

/** The comparison with what was done to its costs said beside it. */
export function comparedOf(
  { matrix, repriced }: Pick<ComparedMatrix, 'matrix' | 'repriced'>,
  input: CompareInput,
): Compared {
  const compared = comparePairs(matrix, input);
  if (repriced === null) return compared;
  return { ...compared, prices: repriced, warnings: [...compared.warnings, ...repricedWarnings(repriced)] };
}
