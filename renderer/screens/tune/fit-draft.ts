/** The draft of a fit. Losses are points here (1 = 0.01 of score), as people say them. */
import type { z } from 'zod';
import type { FitInput, FitResult } from '../../../engine/api/index.ts';

export interface FitDraft {
  run: string | null;
  maxLossPoints: number;
  confidencePercent: number;
  /** Floor of the score; null: none asked. */
  minScorePercent: number | null;
  /** Cap of the mean cost; null: none asked. */
  maxCostPerThousandUsd: number | null;
  /** Empty: all of the run. */
  candidates: string[];
  /** Null: the best single. */
  reference: string | null;
  seed: number;
}
export const firstDraft: FitDraft = {
  run: null,
  maxLossPoints: 1,
  confidencePercent: 90,
  minScorePercent: null,
  maxCostPerThousandUsd: null,
  candidates: [],
  reference: null,
  seed: 1,
};

/**
 * What the fit on the screen was asked, so that the form beside it says the same. A result names the
 * reference it came to and not the candidates, the floor or the cap it was given: those stay as the form has them.
 */
export function askOf(fit: Pick<FitResult, 'run' | 'certificate' | 'seed'>): Partial<FitDraft> {
  const [run] = fit.run;
  return {
    ...(run === undefined ? {} : { run }),
    maxLossPoints: Number((fit.certificate.maxLoss * 100).toFixed(6)),
    confidencePercent: Number((fit.certificate.confidence * 100).toFixed(6)),
    seed: fit.seed,
  };
}

export function fitInputOf(draft: FitDraft & { run: string }, job: string): z.input<typeof FitInput> {
  return {
    runs: [draft.run],
    // Points typed in decimals carry no more than six digits that mean anything.
    maxLoss: Number((draft.maxLossPoints / 100).toFixed(8)),
    confidence: Number((draft.confidencePercent / 100).toFixed(8)),
    seed: draft.seed,
    job,
    ...(draft.minScorePercent === null ? {} : { minScore: Number((draft.minScorePercent / 100).toFixed(8)) }),
    ...(draft.maxCostPerThousandUsd === null ? {} : { maxCostUsd: draft.maxCostPerThousandUsd / 1000 }),
    ...(draft.candidates.length === 0 ? {} : { candidates: draft.candidates }),
    ...(draft.reference === null ? {} : { reference: draft.reference }),
  };
}
