/** JSON that keeps what JSON loses: NaN, infinities and Float64Array columns. */
import type { Json } from '../api/index.ts';

const mark = '\u0001kneepoint';

export function toLosslessJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'number' && !Number.isFinite(item)) return { [mark]: String(item) };
    if (item instanceof Float64Array)
      return { [mark]: 'f64', items: Array.from(item, (x) => (Number.isFinite(x) ? x : String(x))) };
    return item;
  });
}

export function fromLosslessJson(text: string): unknown {
  return JSON.parse(text, (_key, item: Json) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    const kind = item[mark];
    if (kind === undefined) return item;
    return kind === 'f64' ? Float64Array.from(item['items'] as (number | string)[], Number) : Number(kind);
  });
}
