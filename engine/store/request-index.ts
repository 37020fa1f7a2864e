/**
 * Which request hashes the ledger may have a good answer to: 64 bits of each in an open table, so that a request
 * never made before costs no query. May say yes wrongly (the query then settles it), never no.
 */
export interface RequestIndex {
  add(hash: string): void;
  has(hash: string): boolean;
}

export function createRequestIndex(expected: number): RequestIndex {
  let size = 1024;
  while (size < expected * 2) size *= 2;
  // Pairs of 32-bit halves; 0,0 is an empty place.
  let table = new Uint32Array(2 * size);
  let count = 0;

  const place = (hi: number, lo: number): number => {
    let i = (lo & (size - 1)) * 2;
    while (table[i] !== 0 || table[i + 1] !== 0) {
      if (table[i] === hi && table[i + 1] === lo) return i;
      i = (i + 2) & (2 * size - 1);
    }
    return i;
  };
  const insert = (hi: number, lo: number): void => {
    const i = place(hi, lo);
    if (table[i] === hi && table[i + 1] === lo) return;
    table[i] = hi;
    table[i + 1] = lo;
    count++;
  };
  const grow = (): void => {
    const old = table;
    size *= 2;
    table = new Uint32Array(2 * size);
    count = 0;
    for (let i = 0; i < old.length; i += 2)
      if (old[i] !== 0 || old[i + 1] !== 0) insert(old[i]!, old[i + 1]!);
  };
  /** Hashes are hexadecimal; the top bit set keeps a pair from being empty. */
  const halves = (hash: string): [number, number] => [
    (Number.parseInt(hash.slice(0, 8), 16) | 0x80000000) >>> 0,
    Number.parseInt(hash.slice(8, 16), 16) >>> 0,
  ];
  return {
    add(hash) {
      if (count * 2 >= size) grow();
      insert(...halves(hash));
    },
    has(hash) {
      const [hi, lo] = halves(hash);
      const i = place(hi, lo);
      return table[i] === hi && table[i + 1] === lo;
    },
  };
}
