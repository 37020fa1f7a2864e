import type { CostDimension, CostRow, ItemTrace, Outcome, SpanRecord } from '../api/index.ts';

export interface CostCounting {
  add(item: { outcome: Outcome; trace: ItemTrace | null; tags: { [key: string]: unknown } }): void;
  result(): { rows: CostRow[]; costUsd: number; freshCostUsd: number; items: number; untraced: number };
}

/** 10⁻¹² USD: whole units add up the same in every order. */
const UNIT = 1e12;

/** Every attempt of every item falls into one row, with several tags into one a tag; rows and sum are of the same attempts. */
export function costsOf(by: CostDimension): CostCounting {
  const rows = new Map<string, CostRow>();
  let items = 0;
  let untraced = 0;
  let cost = 0;
  let fresh = 0;
  const rowOf = (key: string): CostRow => {
    let row = rows.get(key);
    if (row === undefined) {
      const counts = { items: 0, attempts: 0, failedAttempts: 0, cachedAttempts: 0, unknown: 0 };
      const sums = { inputTokens: 0, outputTokens: 0, costUsd: 0, freshCostUsd: 0, share: null };
      rows.set(key, (row = { key, ...counts, ...sums }));
    }
    return row;
  };
  return {
    add({ outcome, trace, tags }) {
      items++;
      if (trace === null) {
        untraced++;
        return;
      }
      const touched = new Set<CostRow>();
      for (const span of trace.spans) {
        const { call } = span;
        if (call === null) continue;
        const keyed = keysOf(by, { outcome, span, spans: trace.spans, tags }).map(rowOf);
        for (const row of keyed) touched.add(row);
        for (const attempt of call.attempts) {
          const units = attempt.costUsd === null ? null : Math.round(attempt.costUsd * UNIT);
          cost += units ?? 0;
          if (attempt.fresh) fresh += units ?? 0;
          for (const row of keyed) {
            row.attempts++;
            if (attempt.failure !== null) row.failedAttempts++;
            if (attempt.source === 'ledger' || attempt.source === 'shared') row.cachedAttempts++;
            if (units === null) row.unknown++;
            row.costUsd += units ?? 0;
            if (attempt.fresh) row.freshCostUsd += units ?? 0;
          }
        }
        for (const row of keyed) {
          row.inputTokens += call.answer?.usage?.inputTokens ?? 0;
          row.outputTokens += call.answer?.usage?.outputTokens ?? 0;
        }
      }
      for (const row of touched) row.items++;
    },
    result: () => ({
      items,
      untraced,
      costUsd: cost / UNIT,
      freshCostUsd: fresh / UNIT,
      rows: [...rows.values()]
        .sort((a, b) => b.costUsd - a.costUsd || b.attempts - a.attempts || (a.key < b.key ? -1 : 1))
        .map((row) => ({
          ...row,
          costUsd: row.costUsd / UNIT,
          freshCostUsd: row.freshCostUsd / UNIT,
          share: cost === 0 ? null : row.costUsd / cost,
        })),
    }),
  };
}

function keysOf(
  by: CostDimension,
  {
    outcome,
    span,
    spans,
    tags,
  }: { outcome: Outcome; span: SpanRecord; spans: SpanRecord[]; tags: { [key: string]: unknown } },
): string[] {
  switch (by) {
    case 'step':
      // Elements of a map and rounds of a loop are one step.
      return [span.path.replaceAll(/\[\d+\]/g, '')];
    case 'model':
      return [`${span.call!.provider}/${span.call!.model}`];
    case 'candidate':
      return [outcome.candidate];
    case 'route': {
      const step = spans.find(
        ({ kind, path }) => kind === 'route' && (span.path === path || span.path.startsWith(`${path}/`)),
      );
      const route = step?.attributes['route'] ?? step?.attributes['rule'];
      return [
        step === undefined
          ? '(no route)'
          : `${step.path}: ${typeof route === 'string' || typeof route === 'number' ? route : '(none)'}`,
      ];
    }
    case 'tag': {
      const keys = Object.entries(tags).map(
        ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      return keys.length === 0 ? ['(no tag)'] : keys;
    }
  }
}
