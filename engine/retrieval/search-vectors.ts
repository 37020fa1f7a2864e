/** Ranking by the cosine of encoded texts: exact, every passage looked at. */
import type { Ranked } from './fuse.ts';

export interface Encoder {
  dimensions: number;
  encode(texts: string[]): Promise<number[][]>;
}

/** Together a batch is quicker than one by one; more than this holds the thread too long. */
const BATCH = 8;

/** texts.length × dimensions, each row of length 1 (of length 0 where the encoder gave nothing but zeros). */
export async function encodeAll(
  texts: readonly string[],
  encoder: Encoder,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { dimensions } = encoder;
  const vectors = new Float32Array(texts.length * dimensions);
  for (let from = 0; from < texts.length; from += BATCH) {
    signal.throwIfAborted();
    const encoded = await encoder.encode(texts.slice(from, from + BATCH));
    for (const [i, vector] of encoded.entries()) vectors.set(unit(vector), (from + i) * dimensions);
  }
  return vectors;
}

/** Best first, ties by the order of the passages. */
export function nearest(query: ArrayLike<number>, vectors: Float32Array, k: number): Ranked[] {
  const direction = unit(query);
  const dimensions = direction.length;
  const all: Ranked[] = [];
  for (let at = 0; at * dimensions < vectors.length; at++) {
    let score = 0;
    for (let d = 0; d < dimensions; d++) score += direction[d]! * vectors[at * dimensions + d]!;
    all.push({ at, score });
  }
  return all.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, k);
}

function unit(vector: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(vector);
  let squares = 0;
  for (const x of out) squares += x * x;
  const length = Math.sqrt(squares);
  return length > 0 ? out.map((x) => x / length) : out;
}
