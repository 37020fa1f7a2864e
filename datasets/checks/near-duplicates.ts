/**
 * Near-duplicate texts by MinHash and banding. Candidates share a band of five places; each is then judged by its exact
 * Jaccard similarity when the texts are read a second time, so what is reported is never an estimate (save where said).
 */
import { setImmediate } from 'node:timers/promises';
import { BINS, distinctSorted, jaccard, shingles, sign } from './min-hash.ts';

export const SIMILAR = 0.8;
/** Signatures take 256 bytes a text; texts after these are left out, and the report says so. */
export const MAX_TEXTS = 2 ** 20;
/** Estimates scatter: pairs down to this estimate are judged exactly. */
const CANDIDATE = Math.floor(0.64 * BINS);
const PLACES = 5;
const BANDS = Math.floor(BINS / PLACES);
/** In a bucket every text meets the first one and this many before it: boilerplate must not cost n². */
const NEIGHBOURS = 12;
/** And over all bands no text meets more than this many. */
const MEETINGS = 96;
const CHUNK = 4096;
/** Shingles held at once while pairs are judged (4 bytes each). */
const MAX_HELD = 2 ** 26;

/** A text of the set: `entry` numbers count from 0 in the order of adding. */
export interface NearPair {
  entry: number;
  other: number;
  similarity: number;
  estimated: boolean;
}

export interface NearIndex {
  /** `kind`: texts of equal kind (the same input in another split) are no near duplicates. `part`: its split, −1 none. */
  add(text: string, kind: number, part: number): void;
  /** The likeliest earlier twin of each text, and of each text of a later part the likeliest twin in an earlier part. */
  candidates(options?: SearchOptions): Promise<NearCandidates>;
}
export interface SearchOptions {
  signal?: AbortSignal | undefined;
  progress?: ((band: number, bands: number) => void) | undefined;
}
export interface NearCandidates {
  near: Int32Array;
  across: Int32Array;
  /** Equal places of the signatures, of BINS. */
  nearPlaces: Uint8Array;
  acrossPlaces: Uint8Array;
}

export function newNearIndex(): NearIndex {
  const chunks: Uint16Array[] = [];
  const kinds: number[] = [];
  const parts: number[] = [];
  const signed: boolean[] = [];
  return {
    add(text, kind, part) {
      if (kinds.length >= MAX_TEXTS) return;
      const entry = kinds.length;
      if (entry % CHUNK === 0) chunks.push(new Uint16Array(CHUNK * BINS));
      const hashes = shingles(text);
      if (hashes !== null) sign(hashes, chunks[Math.floor(entry / CHUNK)]!, (entry % CHUNK) * BINS);
      kinds.push(kind);
      parts.push(part);
      signed.push(hashes !== null);
    },
    candidates: (options = {}) => search({ chunks, kinds, parts, signed }, options),
  };
}

interface Texts {
  chunks: Uint16Array[];
  kinds: number[];
  parts: number[];
  signed: boolean[];
}

async function search(
  { chunks, kinds, parts, signed }: Texts,
  { signal, progress }: SearchOptions,
): Promise<NearCandidates> {
  const n = kinds.length;
  const found: NearCandidates = {
    near: new Int32Array(n).fill(-1),
    across: new Int32Array(n).fill(-1),
    nearPlaces: new Uint8Array(n),
    acrossPlaces: new Uint8Array(n),
  };
  const entries = signed.flatMap((is, entry) => (is ? [entry] : []));
  const keys = new Float64Array(entries.length);
  const met = new Uint8Array(n);
  for (let band = 0; band < BANDS; band++) {
    // The search itself never waits: whoever cancels is heard between two bands.
    await setImmediate();
    signal?.throwIfAborted();
    progress?.(band, BANDS);
    // The band's hash before the entry's number: sorted, equal bands stand together in the order of adding.
    for (let i = 0; i < entries.length; i++)
      keys[i] = bandHash(chunks, entries[i]!, band) * MAX_TEXTS + entries[i]!;
    keys.sort();
    let first = 0;
    for (let i = 1; i < keys.length; i++) {
      if (Math.floor(keys[i]! / MAX_TEXTS) !== Math.floor(keys[first]! / MAX_TEXTS)) {
        first = i;
        continue;
      }
      const entry = keys[i]! % MAX_TEXTS;
      meet(entry, keys[first]! % MAX_TEXTS);
      for (let k = Math.max(first + 1, i - NEIGHBOURS); k < i; k++) meet(entry, keys[k]! % MAX_TEXTS);
    }
  }
  return found;

  function meet(entry: number, earlier: number): void {
    if (kinds[entry] === kinds[earlier] || met[entry]! >= MEETINGS) return;
    met[entry]!++;
    const [mine, theirs] = [parts[entry]!, parts[earlier]!];
    const crossing = mine >= 0 && theirs >= 0 && mine !== theirs;
    const [held, seen] = mine > theirs ? [entry, earlier] : [earlier, entry];
    const wanted = crossing
      ? Math.min(found.nearPlaces[entry]!, found.acrossPlaces[held]!)
      : found.nearPlaces[entry]!;
    const least = Math.max(CANDIDATE - 1, wanted);
    const places = equalPlaces(chunks, entry, earlier, least);
    if (places <= least) return;
    if (places > found.nearPlaces[entry]!) {
      found.near[entry] = earlier;
      found.nearPlaces[entry] = places;
    }
    if (crossing && places > found.acrossPlaces[held]!) {
      found.across[held] = seen;
      found.acrossPlaces[held] = places;
    }
  }
}

function bandHash(chunks: Uint16Array[], entry: number, band: number): number {
  const signature = chunks[Math.floor(entry / CHUNK)]!;
  const start = (entry % CHUNK) * BINS + band * PLACES;
  let hash = 0x811c9dc5;
  for (let i = start; i < start + PLACES; i++) hash = Math.imul(hash ^ signature[i]!, 0x01000193);
  return hash >>> 0;
}

/** Gives up (with any number ≤ `least`) once more than `least` cannot be reached. */
function equalPlaces(chunks: Uint16Array[], a: number, b: number, least: number): number {
  const [one, other] = [chunks[Math.floor(a / CHUNK)]!, chunks[Math.floor(b / CHUNK)]!];
  const [x, y] = [(a % CHUNK) * BINS, (b % CHUNK) * BINS];
  let misses = BINS - least;
  for (let i = 0; i < BINS; i++) if (one[x + i] !== other[y + i] && --misses <= 0) return least;
  return least + misses;
}

/** Judges the candidates exactly, one text after the other in the order of adding; a text is held until its last pair. */
export function newJudge(found: NearCandidates): {
  needs(entry: number): boolean;
  see(entry: number, text: string): void;
  near: NearPair[];
  across: NearPair[];
} {
  const near: NearPair[] = [];
  const across: NearPair[] = [];
  const lastUse = new Int32Array(found.near.length).fill(-1);
  const due = new Map<number, { entry: number; other: number; places: number; to: NearPair[] }[]>();
  for (const [others, places, to] of [
    [found.near, found.nearPlaces, near],
    [found.across, found.acrossPlaces, across],
  ] as const) {
    for (let entry = 0; entry < others.length; entry++) {
      const other = others[entry]!;
      if (other < 0) continue;
      const last = Math.max(entry, other);
      for (const end of [entry, other]) lastUse[end] = Math.max(lastUse[end]!, last);
      const pair = { entry, other, places: places[entry]!, to };
      const pairs = due.get(last);
      if (pairs === undefined) due.set(last, [pair]);
      else pairs.push(pair);
    }
  }
  const held = new Map<number, Uint32Array>();
  const leaving = new Map<number, number[]>();
  let heldShingles = 0;
  return {
    near,
    across,
    needs: (entry) => (lastUse[entry] ?? -1) >= 0,
    see(entry, text) {
      const hashes = shingles(text);
      if (hashes !== null && heldShingles < MAX_HELD) {
        const set = distinctSorted(hashes);
        held.set(entry, set);
        heldShingles += set.length;
        const end = lastUse[entry]!;
        const others = leaving.get(end);
        if (others === undefined) leaving.set(end, [entry]);
        else others.push(entry);
      }
      for (const pair of due.get(entry) ?? []) {
        const [a, b] = [held.get(pair.entry), held.get(pair.other)];
        const estimated = a === undefined || b === undefined;
        const similarity = estimated ? pair.places / BINS : jaccard(a, b);
        if (similarity >= SIMILAR)
          pair.to.push({ entry: pair.entry, other: pair.other, similarity, estimated });
      }
      for (const gone of leaving.get(entry) ?? []) {
        heldShingles -= held.get(gone)?.length ?? 0;
        held.delete(gone);
      }
      leaving.delete(entry);
    },
  };
}
