/**
 * Hashed bag of words and word pairs: FNV-1a over the lower-cased word, seeded by the field, folded into `buckets`.
 * A word is a run of ASCII letters and digits or of characters beyond ASCII; `$ ! % ? #` are words of their own.
 */
export interface FeatureSpace {
  buckets: number;
  ngrams: 1 | 2;
}
export interface Features {
  /** Distinct buckets with their counts in the text; the first `size` entries count. */
  bucket: Int32Array;
  count: Int32Array;
  size: number;
  words: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Makes an extractor that owns its buffers: what it returns is valid until its next call. */
export function featureExtractor({ buckets, ngrams }: FeatureSpace): (fields: string[]) => Features {
  const seenAt = new Int32Array(buckets).fill(-1);
  const features: Features = { bucket: new Int32Array(256), count: new Int32Array(256), size: 0, words: 0 };

  const add = (hash: number): void => {
    // A last mix, so that the low bits used for folding depend on every character.
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const bucket = ((mixed ^ (mixed >>> 13)) >>> 0) % buckets;
    const at = seenAt[bucket] ?? -1;
    if (at >= 0) {
      features.count[at] = (features.count[at] ?? 0) + 1;
      return;
    }
    if (features.size === features.bucket.length) grow(features);
    seenAt[bucket] = features.size;
    features.bucket[features.size] = bucket;
    features.count[features.size] = 1;
    features.size++;
  };

  const addField = (text: string, seed: number): void => {
    let previous = 0;
    let hash = seed;
    let inside = false;
    const end = (): void => {
      features.words++;
      add(hash);
      if (ngrams === 2 && previous !== 0) add(Math.imul(previous ^ (hash >>> 7), 0x9e3779b1) ^ hash);
      previous = hash;
      hash = seed;
      inside = false;
    };
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127) {
        hash = Math.imul(hash ^ code, FNV_PRIME);
        inside = true;
        continue;
      }
      if (inside) end();
      if (code === 36 || code === 33 || code === 37 || code === 63 || code === 35) {
        hash = Math.imul(hash ^ code, FNV_PRIME);
        end();
      }
    }
    if (inside) end();
  };

  return (fields) => {
    for (let i = 0; i < features.size; i++) seenAt[features.bucket[i] ?? 0] = -1;
    features.size = 0;
    features.words = 0;
    for (const [i, text] of fields.entries()) addField(text.toLowerCase(), (FNV_OFFSET + i * 0x9e3779b1) | 0);
    return features;
  };
}

function grow(features: Features): void {
  const bucket = new Int32Array(features.bucket.length * 2);
  const count = new Int32Array(features.count.length * 2);
  bucket.set(features.bucket);
  count.set(features.count);
  features.bucket = bucket;
  features.count = count;
}
