/** Answers the last user message and `parameters.suffix`, at once: for benchmarks and first tries. */
import { z } from 'zod';
import type { LocalModel } from './local-model.ts';
import { readParameters } from './parameters.ts';
import { countWords } from './text-fields.ts';

const Parameters = z.strictObject({ suffix: z.string().default('') });

export const echo: LocalModel = {
  name: 'echo',
  learns: false,
  async train(parameters) {
    const { suffix } = readParameters('echo', Parameters, parameters);
    return ({ messages }) => {
      const last = messages.findLast((message) => message.role === 'user');
      let inputWords = 0;
      for (const { content } of messages) inputWords += countWords(content);
      return { text: `${last?.content ?? ''}${suffix}`, confidence: null, inputWords };
    };
  },
};
