type Cell = string | number | boolean | null;

/**
 * Whether two results hold the same rows: columns by position, whatever their names; numbers within 1e-9 relative; as
 * many of each row. Order counts only where `ordered`. Rows that differ by rounding alone still pair up: both sides are
 * sorted alike, numbers by value.
 */
export function sameRows(a: readonly Cell[][], b: readonly Cell[][], ordered: boolean): boolean {
  if (a.length !== b.length) return false;
  const [left, right] = ordered ? [a, b] : [[...a].sort(byCells), [...b].sort(byCells)];
  return left.every((row, i) => {
    const other = right[i]!;
    return row.length === other.length && row.every((cell, c) => sameCell(cell, other[c]!));
  });
}

function sameCell(a: Cell, b: Cell): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** To nine digits first, so that noise in the last ones does not decide the order of what follows. */
const key = (cell: Cell): Cell => (typeof cell === 'number' ? Number(cell.toPrecision(9)) : cell);
function byCells(a: readonly Cell[], b: readonly Cell[]): number {
  for (let c = 0; c < Math.min(a.length, b.length); c++) {
    const [x, y] = [key(a[c]!), key(b[c]!)];
    if (x === y) continue;
    if (typeof x === 'number' && typeof y === 'number')
      return Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : x - y;
    const [s, t] = [`${typeof x}${String(x)}`, `${typeof y}${String(y)}`];
    if (s !== t) return s < t ? -1 : 1;
  }
  return a.length - b.length;
}

/** The query of an answer: its last fenced block, else all of it. Null for none. */
export function sqlOf(answer: string): string | null {
  const blocks = [
    ...answer.matchAll(/```(?:sql|duckdb|sqlite|postgres(?:ql)?)?[^\S\n]*\n([\s\S]*?)(?:\n```|$)/gi),
  ];
  const text = (blocks.at(-1)?.[1] ?? answer).trim();
  return text === '' ? null : text;
}
