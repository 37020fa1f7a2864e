/** Rows of seeded random words, in batches as the store gives them; every hundredth nearly repeats an earlier one. */
import type { Example } from '../../engine/api/index.ts';
import { seededRandom } from '../../engine/math/index.ts';

const words = Array.from({ length: 4096 }, (_, i) =>
  (i * 2654435761 + 12345).toString(36).slice(0, 3 + (i % 7)),
);

export async function* syntheticRows(rows: number, chars: number): AsyncGenerator<Example[]> {
  const random = seededRandom(1);
  let template = '';
  for (let from = 0; from < rows; from += 2048) {
    const batch: Example[] = [];
    for (let row = from; row < Math.min(rows, from + 2048); row++) {
      let text = '';
      if (row % 100 === 99) text = `${template} again`;
      else while (text.length < chars) text += `${words[Math.floor(random.next() * words.length)]} `;
      if (row % 100 === 0) template = text;
      batch.push({
        id: String(row),
        input: { text },
        expected: `class ${row % 20}`,
        group: null,
        tags: {},
        split: row % 5 === 4 ? 'test' : 'fit',
      });
    }
    yield batch;
  }
}
