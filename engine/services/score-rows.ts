import { randomUUID } from 'node:crypto';
import type { Example, Outcome } from '../api/index.ts';
import type { Store } from '../store/index.ts';

export async function examplesById(store: Store, hash: string): Promise<Map<string, Example>> {
  const examples = new Map<string, Example>();
  for await (const batch of store.datasets.examples(hash))
    for (const example of batch) examples.set(example.id, example);
  return examples;
}

export const keyOf = ({ example, candidate }: Pick<Outcome, 'example' | 'candidate'>): string =>
  `${example}\u0000${candidate}`;
export const newRunId = (): string => randomUUID().slice(0, 8);
