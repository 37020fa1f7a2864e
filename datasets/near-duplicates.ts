/**
 * Near-duplicate texts by MinHash and banding (Broder 1997): 64 hashes of word 3-shingles in 16 bands of 4, so that
 * pairs of Jaccard similarity about .5 and more become candidates, each then checked against `SIMILAR` on its signature.
 */
const HASHES = 64;
const BAND = 4;
const SIMILAR = 0.85;
const SHINGLE = 3;
/** Buckets larger than this are boilerplate; their members are compared with the first one only. */
const BUCKET = 50;

export interface NearDuplicates {
  add(id: string, text: string): void;
  /** Pairs [later id, earlier id] that are alike and not equal. */
  pairs: [string, string][];
}

export function newNearDuplicates(): NearDuplicates {
  const multipliers = Array.from({ length: HASHES }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) | 1) >>> 0);
  const buckets = new Map<string, number[]>();
  const ids: string[] = [];
  const signatures: Uint32Array[] = [];
  const pairs: [string, string][] = [];
  return {
    pairs,
    add(id, text) {
      const signature = signatureOf(text, multipliers);
      if (signature === null) return;
      const me = ids.length;
      const seen = new Set<number>();
      let found = false;
      for (let start = 0; start < HASHES; start += BAND) {
        const key = `${start}:${signature.subarray(start, start + BAND).join()}`;
        const bucket = buckets.get(key);
        if (bucket === undefined) {
          buckets.set(key, [me]);
          continue;
        }
        for (const other of bucket) {
          if (found || seen.has(other)) continue;
          seen.add(other);
          const theirs = signatures[other];
          if (theirs !== undefined && similarity(signature, theirs) >= SIMILAR) {
            pairs.push([id, ids[other] ?? '']);
            found = true;
          }
        }
        if (bucket.length < BUCKET) bucket.push(me);
      }
      ids.push(id);
      signatures.push(signature);
    },
  };
}

function similarity(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let i = 0; i < HASHES; i++) if (a[i] === b[i]) same++;
  return same / HASHES;
}

/** Null for texts of fewer words than a shingle. */
function signatureOf(text: string, multipliers: number[]): Uint32Array | null {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < SHINGLE) return null;
  const signature = new Uint32Array(HASHES).fill(0xffffffff);
  for (let i = 0; i + SHINGLE <= words.length; i++) {
    const hash = fnv1a(words.slice(i, i + SHINGLE).join(' '));
    for (let h = 0; h < HASHES; h++) {
      const mixed = Math.imul(hash ^ (hash >>> 15), multipliers[h] ?? 1) >>> 0;
      if (mixed < (signature[h] ?? 0)) signature[h] = mixed;
    }
  }
  return signature;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
