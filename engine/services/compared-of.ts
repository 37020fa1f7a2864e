import type { Compared, CompareInput } from '../api/index.ts';
import { comparePairs } from '../compare/index.ts';
import type { ComparedMatrix } from './compared-matrix.ts';
import { columnsNamed, overTimeWarnings } from './over-time.ts';
import { repricedWarnings } from './reprice-matrix.ts';

/** The comparison with what was done to its costs and rows said beside it. */
export function comparedOf(
  { matrix, repriced, overTime }: Pick<ComparedMatrix, 'matrix' | 'repriced' | 'overTime'>,
  input: CompareInput,
): Compared {
  const candidates = columnsNamed(matrix, input.candidates);
  const compared = comparePairs(matrix, { ...input, ...(candidates && { candidates }) });
  return {
    ...compared,
    prices: repriced,
    overTime,
    warnings: [
      ...compared.warnings,
      ...(overTime === null ? [] : overTimeWarnings(overTime)),
      ...(repriced === null ? [] : repricedWarnings(repriced)),
    ],
  };
}
