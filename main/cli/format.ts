/** Figures as text: every number with its interval and n. */
import type { Estimate, Warning } from '../../engine/api/index.ts';
import { safe } from './terminal.ts';

const percent = (x: number, digits = 1): string => `${(x * 100).toFixed(digits)} %`;

/** "96.6 % (95 %: 94.5–98.0, n=396)" */
export function score(estimate: Estimate | null): string {
  if (estimate === null) return 'unknown';
  return `${percent(estimate.mean)} (${(estimate.level * 100).toFixed(0)} %: ${(estimate.lo * 100).toFixed(1)}–${(estimate.hi * 100).toFixed(1)}, n=${estimate.n})`;
}

/** Points of score: "−0.3 points (95 %: −1.2–0.6, n=396)" */
export function points(estimate: Estimate): string {
  const pt = (x: number): string => (x * 100).toFixed(2);
  return `${pt(estimate.mean)} points (${(estimate.level * 100).toFixed(0)} %: ${pt(estimate.lo)} to ${pt(estimate.hi)}, n=${estimate.n})`;
}

export function usd(amount: number): string {
  if (amount === 0) return '$0';
  return `$${amount.toPrecision(3).replace(/e([+-])0*/, 'e$1')}`;
}

/** USD per thousand examples, which a person can compare. */
export function costPerThousand(estimate: Estimate | null, nominal = false): string {
  if (estimate === null) return 'unknown';
  const k = (x: number): string => (x * 1000).toFixed(x * 1000 < 1 ? 4 : 2);
  return `$${k(estimate.mean)}/1k${nominal ? ' nominal' : ''} (${k(estimate.lo)}–${k(estimate.hi)})`;
}

/** May be negative: "−12.5 ms" */
export const milliseconds = (x: number): string => `${x < 0 ? '-' : ''}${trimmed(Math.abs(x))}`;
const trimmed = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`;

/** "182 ms (171–196)"; a bound that the rows are too few for is "?". */
export function latency({ mean, lo, hi }: Estimate): string {
  const bound = (x: number): string => (Number.isFinite(x) ? milliseconds(x).replace(/ ms$/, '') : '?');
  return `${milliseconds(mean)} (${bound(lo)}–${bound(hi)})`;
}

export const share = (x: number): string => percent(x);

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Left-aligned columns; the header underlined by a rule. Cells are made safe for a terminal. */
export function table(header: string[], rows: string[][]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => safe(cell)));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [first, ...rest] = cells;
  return [line(first ?? []), widths.map((width) => '─'.repeat(width)).join('  '), ...rest.map(line)].join(
    '\n',
  );
}

export function warnings(list: Warning[]): string {
  if (list.length === 0) return '';
  return `\n\nWarnings\n${list
    .map((warning) => {
      const examples =
        warning.examples.length > 0
          ? ` (${warning.examples.slice(0, 3).join(', ')}${warning.examples.length > 3 ? ', …' : ''})`
          : '';
      return safe(`  ! ${warning.message}${examples} [${warning.code}, ${warning.count}]`);
    })
    .join('\n')}`;
}
