import { WorkbenchError } from '../api/index.ts';

/** A cap on what a run pays: every call reserves its worst case before it is made. */
export interface Budget {
  /** Throws run.budget_exceeded; otherwise the worst case counts until the call settles. */
  reserve(worstCaseUsd: number | null, model: string): void;
  /** `paidUsd` null: not known, so the worst case stays counted. */
  settle(worstCaseUsd: number | null, paidUsd: number | null): void;
}

export function createBudget(capUsd: number | null, alreadySpentUsd: number): Budget {
  let spentUsd = alreadySpentUsd;
  let reservedUsd = 0;
  return {
    reserve(worstCaseUsd, model) {
      if (capUsd === null) return;
      if (worstCaseUsd === null) {
        throw new WorkbenchError(
          'run.budget_exceeded',
          `The price of a call to ${model} is not known, so the budget of ${capUsd} USD cannot be kept.`,
          { hint: 'Declare a price for it in the pipeline, or run without a budget.' },
        );
      }
      // Sums of prices carry rounding of their own: a budget that is used up exactly is not exceeded.
      if (spentUsd + reservedUsd + worstCaseUsd > capUsd * (1 + 1e-9)) {
        throw new WorkbenchError(
          'run.budget_exceeded',
          `The next call to ${model} may cost ${worstCaseUsd.toPrecision(3)} USD; ${spentUsd.toPrecision(3)} of ${capUsd} USD are spent and ${reservedUsd.toPrecision(3)} are in flight.`,
          {
            hint: 'Continue with a larger budget: `kneepoint run resume RUN --budget USD`.',
            details: { budgetUsd: capUsd, spentUsd, reservedUsd, worstCaseUsd },
          },
        );
      }
      reservedUsd += worstCaseUsd;
    },
    settle(worstCaseUsd, paidUsd) {
      if (worstCaseUsd !== null && capUsd !== null) reservedUsd = Math.max(0, reservedUsd - worstCaseUsd);
      spentUsd += paidUsd ?? worstCaseUsd ?? 0;
    },
  };
}
