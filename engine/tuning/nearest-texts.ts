/** k nearest texts by TF-IDF cosine: a baseline any learnt router has to beat. */
export interface NearestTexts {
  /** Mean target of the k most similar texts learnt from; the overall mean where nothing is shared. */
  predict(text: string): number;
}

const tokens = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];

/** `target[i]` belongs to `texts[i]`. Smoothed idf ln((1+n)/(1+df))+1, rows of unit length, cosine similarity. */
export function nearestTexts(texts: readonly string[], target: ArrayLike<number>, k: number): NearestTexts {
  const vocabulary = new Map<string, number>();
  const counts = texts.map((text) => {
    const own = new Map<number, number>();
    for (const token of tokens(text)) {
      let id = vocabulary.get(token);
      if (id === undefined) vocabulary.set(token, (id = vocabulary.size));
      own.set(id, (own.get(id) ?? 0) + 1);
    }
    return own;
  });
  const frequency = new Float64Array(vocabulary.size);
  for (const own of counts) for (const id of own.keys()) frequency[id]!++;
  const idf = frequency.map((df) => Math.log((1 + texts.length) / (1 + df)) + 1);
  const postings: { rows: number[]; weights: number[] }[] = Array.from(frequency, () => ({
    rows: [],
    weights: [],
  }));
  counts.forEach((own, row) => {
    let squares = 0;
    for (const [id, tf] of own) squares += (tf * idf[id]!) ** 2;
    for (const [id, tf] of own) {
      postings[id]!.rows.push(row);
      postings[id]!.weights.push((tf * idf[id]!) / Math.sqrt(squares));
    }
  });
  let sum = 0;
  for (let i = 0; i < texts.length; i++) sum += target[i]!;
  const overall = texts.length === 0 ? 0 : sum / texts.length;
  const similarity = new Float64Array(texts.length);
  return {
    predict(text) {
      similarity.fill(0);
      const own = new Map<number, number>();
      for (const token of tokens(text)) {
        const id = vocabulary.get(token);
        if (id !== undefined) own.set(id, (own.get(id) ?? 0) + 1);
      }
      for (const [id, tf] of own) {
        const { rows, weights } = postings[id]!;
        const weight = tf * idf[id]!;
        for (let p = 0; p < rows.length; p++) similarity[rows[p]!]! += weight * weights[p]!;
      }
      return averageOfTop(similarity, target, k) ?? overall;
    },
  };
}

/** Ties at the k-th place go to the earlier row. */
function averageOfTop(similarity: Float64Array, target: ArrayLike<number>, k: number): number | null {
  const top: number[] = [];
  let least = -Infinity;
  for (let row = 0; row < similarity.length; row++) {
    const s = similarity[row]!;
    if (s <= 0 || (top.length === k && s <= least)) continue;
    let at = top.length;
    while (at > 0 && similarity[top[at - 1]!]! < s) at--;
    top.splice(at, 0, row);
    if (top.length > k) top.pop();
    if (top.length === k) least = similarity[top[k - 1]!]!;
  }
  if (top.length === 0) return null;
  return top.reduce((sum, row) => sum + target[row]!, 0) / top.length;
}
