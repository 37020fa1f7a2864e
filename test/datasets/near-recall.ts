/** Recall of the near-duplicate search against comparing every pair, on texts edited to every degree of likeness. */
import { distinctSorted, jaccard, shingles } from '../../datasets/checks/min-hash.ts';
import { newJudge, newNearIndex } from '../../datasets/checks/near-duplicates.ts';
import type { Random } from '../../engine/math/index.ts';

export function editedTexts(random: Random, { texts, words }: { texts: number; words: number }): string[] {
  const word = (): string => Math.floor(random.next() * 36 ** 4).toString(36);
  const made: string[][] = [];
  while (made.length < texts) {
    const from = made[Math.floor(random.next() * made.length)];
    const length = 4 + Math.floor(random.next() * words);
    if (from === undefined || random.next() < 0.4) made.push(Array.from({ length }, word));
    else {
      const share = random.next() * 0.2;
      made.push(from.map((each) => (random.next() < share ? word() : each)));
    }
  }
  return made.map((each) => each.join(' '));
}

/** Texts that have an earlier one of at least this similarity, and how many of them the search reports. */
export async function measureRecall(
  random: Random,
  options: { texts: number; words: number; atLeast: number },
): Promise<{
  pairs: number;
  found: number;
  reported: { entry: number; other: number; similarity: number }[];
}> {
  const texts = editedTexts(random, options);
  const reported = await search(texts);
  const sets = texts.map((text) => distinctSorted(shingles(text) ?? new Uint32Array()));
  const wanted = new Set<number>();
  for (let a = 0; a < texts.length; a++)
    for (let b = 0; b < a && !wanted.has(a); b++)
      if (texts[a] !== texts[b] && jaccard(sets[a]!, sets[b]!) >= options.atLeast) wanted.add(a);
  const found = new Set(reported.map(({ entry }) => entry));
  return { pairs: wanted.size, found: [...wanted].filter((entry) => found.has(entry)).length, reported };
}

export async function search(
  texts: string[],
): Promise<{ entry: number; other: number; similarity: number }[]> {
  const index = newNearIndex();
  const kinds = new Map<string, number>();
  for (const text of texts) {
    const kind = kinds.get(text) ?? kinds.size;
    kinds.set(text, kind);
    index.add(text, kind, -1);
  }
  const judge = newJudge(await index.candidates());
  texts.forEach((text, entry) => judge.needs(entry) && judge.see(entry, text));
  return judge.near;
}
