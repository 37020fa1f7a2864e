/** The passage that shares most words with the question: an answer that a model could be asked to shorten. */
interface Passage {
  id: string;
  headings: string[];
  text: string;
}
interface Given {
  input: { question: string };
  steps: { 'by-both': Passage[] };
}

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[a-z0-9-]{3,}/g) ?? []);

export default function answer({ input, steps }: Given): string {
  const asked = wordsOf(input.question);
  let best = '';
  let most = -1;
  for (const { headings, text } of steps['by-both']) {
    const words = wordsOf([...headings, text].join(' '));
    const shared = [...asked].filter((word) => words.has(word)).length;
    if (shared > most) {
      most = shared;
      best = text;
    }
  }
  return best;
}
