import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../engine/pipeline/index.ts';
import { starterPipeline } from '../../renderer/screens/runs/starter-pipeline.ts';
import { registry } from '../pipeline/edge.ts';

const problems = (text: string, inputFields: string[]): string[] =>
  compilePipeline({ text, file: 'p.yaml', baseFolder: null }, registry, {
    inputFields,
    tagFields: [],
  }).problems.map((problem) => `${problem.line}: ${problem.message}`);

describe('the pipeline to start from', () => {
  it('is valid for any input fields, whatever their names hold', () => {
    for (const fields of [['body'], ['subject', 'body'], ['a "quoted" name', 'with spaces', 'ümlaut']]) {
      expect(problems(starterPipeline(fields, []), fields)).toEqual([]);
    }
  });
  it('takes local models where there are two, so that no key is needed', () => {
    const text = starterPipeline(
      ['body'],
      [
        { provider: 'openai', model: 'x-local' },
        { provider: 'local', model: 'naive-bayes' },
        { provider: 'local', model: 'bigram-logistic' },
      ],
    );
    expect(problems(text, ['body'])).toEqual([]);
    expect(text).toContain('candidates: [naive-bayes, bigram-logistic]');
    expect(text).not.toContain('openai');
  });
});
