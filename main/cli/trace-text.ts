/** Traces as text. */
import type { CostRow, ExplainedExample, Json, RunCosts } from '../../engine/api/index.ts';
import { share, table, usd } from './format.ts';
import { safe } from './terminal.ts';

export function storyText({ run, name, dataset, example, input, expected, items }: ExplainedExample): string {
  const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const lines = [
    `Example ${example} of ${dataset} in run ${run} (${name})`,
    ...Object.entries(input).map(([field, value]) => `  ${field}: ${cut(shown(value))}`),
    `  expected: ${cut(shown(expected))}`,
    ...items.flatMap(({ candidate, outcome, story }) => [
      '',
      `${candidate}: ${outcome.costUsd === null ? 'cost unknown' : usd(outcome.costUsd)}, ${outcome.latencyMs === null ? 'no call' : `${outcome.latencyMs.toFixed(1)} ms`}`,
      ...story.map((sentence) => `  ${sentence}`),
    ]),
  ];
  return lines.map((line) => safe(line)).join('\n');
}

const MOST = 300;
const cut = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
};

export function costsText({ by, rows, costUsd, freshCostUsd, items, untraced }: RunCosts): string {
  const unknown = (row: CostRow): string => (row.unknown === 0 ? '' : String(row.unknown));
  return [
    table(
      [
        by,
        'items',
        'attempts',
        'failed',
        'from the ledger',
        'tokens in',
        'out',
        'cost',
        'share',
        'cost unknown',
      ],
      rows.map((row) => [
        row.key,
        String(row.items),
        String(row.attempts),
        String(row.failedAttempts),
        String(row.cachedAttempts),
        String(row.inputTokens),
        String(row.outputTokens),
        usd(row.costUsd),
        row.share === null ? '' : share(row.share),
        unknown(row),
      ]),
    ),
    `${usd(costUsd)} in all (${usd(freshCostUsd)} of it fresh), ${items} items${untraced === 0 ? '' : `; of ${untraced} nothing was recorded`}.`,
  ].join('\n\n');
}
