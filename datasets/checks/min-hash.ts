/**
 * Signatures whose share of equal places estimates the Jaccard similarity of two texts' shingles (Broder 1997): one hash
 * a shingle, one minimum a bin, empty bins filled from others chosen at random (one permutation hashing with optimal
 * densification, Shrivastava 2017), so that the cost is that of the text, not of the text times the signature.
 */
export const BINS = 128;
/** Characters, as for mail-sized texts in Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.2.2. */
export const SHINGLE = 5;
/** Longer texts are judged by their beginning. */
export const MAX_CHARS = 20_000;
const EMPTY = 0xffffffff;
const minima = new Uint32Array(BINS);

/** 32-bit hashes of the text's shingles, repeats and all; null where it is shorter than one. */
export function shingles(text: string): Uint32Array | null {
  const length = Math.min(text.length, MAX_CHARS) - SHINGLE + 1;
  if (length < 1) return null;
  const hashes = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    let hash = 0x811c9dc5;
    for (let k = 0; k < SHINGLE; k++) hash = Math.imul(hash ^ text.charCodeAt(i + k), 0x01000193);
    hashes[i] = mix(hash);
  }
  return hashes;
}

/** Writes BINS places of 16 bits at `offset`. */
export function sign(hashes: Uint32Array, signature: Uint16Array, offset: number): void {
  minima.fill(EMPTY);
  for (let i = 0; i < hashes.length; i++) {
    const hash = hashes[i]!;
    const bin = hash >>> 25;
    const value = hash & 0x1ffffff;
    if (value < minima[bin]!) minima[bin] = value;
  }
  for (let bin = 0; bin < BINS; bin++) {
    let from = bin;
    for (let probe = 1; minima[from] === EMPTY; probe++)
      from = mix(Math.imul(bin + 1, 0x9e3779b1) + probe) % BINS;
    signature[offset + bin] = minima[from]! & 0xffff;
  }
}

/** Exact Jaccard similarity of two texts' sets of shingles: each sorted, without repeats. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let i = 0;
  let k = 0;
  let both = 0;
  while (i < a.length && k < b.length) {
    const [x, y] = [a[i]!, b[k]!];
    if (x === y) both++;
    if (x <= y) i++;
    if (y <= x) k++;
  }
  return both / (a.length + b.length - both);
}

export function distinctSorted(hashes: Uint32Array): Uint32Array {
  const sorted = hashes.slice().sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i]!;
  return sorted.slice(0, kept);
}

/** The finaliser of MurmurHash3 (Appleby, public domain). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
