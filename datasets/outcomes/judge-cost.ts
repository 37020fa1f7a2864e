/** What an answer cost: as stated, else usage × price, else as declared per answer, else unknown. Never 0 for unknown. */
import type { OutcomeJudgement, OutcomeMarks, TokenUsage } from './columns.ts';

/** Tools round costs; a cache discount or another price table is far more than this. */
const TOLERANCE = 0.02;
/** Half of the sixth decimal, to which some tools write. */
const ROUNDING_USD = 5e-7;

export interface CostFacts {
  candidate: string;
  model: string | null;
  stated: number | null;
  failed: boolean;
  usage: { [K in keyof TokenUsage]: number | null };
  at: string | null;
}

export function judgeCost(
  { candidate, model, stated, failed, usage, at }: CostFacts,
  { price, costPerAnswer }: OutcomeJudgement,
): { costUsd: number | null } & Pick<OutcomeMarks, 'priced' | 'mismatch'> {
  const computed =
    price === undefined ? null : priceOf(usage, (known) => price(model ?? candidate, known, dateOf(at)));
  if (stated !== null) {
    const disagrees =
      computed !== null &&
      Math.abs(stated - computed) > Math.max(TOLERANCE * Math.max(stated, computed), ROUNDING_USD);
    return { costUsd: stated, priced: false, mismatch: disagrees ? { stated, computed } : null };
  }
  if (computed !== null) return { costUsd: computed, priced: true, mismatch: null };
  const declared =
    !failed && costPerAnswer !== undefined && Object.hasOwn(costPerAnswer, candidate)
      ? (costPerAnswer[candidate] ?? null)
      : null;
  return { costUsd: declared, priced: false, mismatch: null };
}

function priceOf(usage: CostFacts['usage'], price: (known: TokenUsage) => number | null): number | null {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === null || outputTokens === null) return null;
  const cached = Math.min(usage.cachedInputTokens ?? 0, inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, inputTokens - cached);
  return price({ inputTokens, outputTokens, cachedInputTokens: cached, cacheWriteTokens: written });
}

function dateOf(at: string | null): Date | null {
  if (at === null) return null;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}
