import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { sample } from '../../datasets/index.ts';
import { pipelineJsonSchema } from '../../engine/pipeline/index.ts';

const docs = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(pipelineJsonSchema());

describe('the JSON Schema of pipelines', () => {
  it('in docs is the one made from the schemas the compiler reads with', () => {
    expect(JSON.parse(docs('pipeline.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(pipelineJsonSchema())),
    );
  });

  it('takes the pipelines of the documentation and of the sample', () => {
    const fences = [...docs('pipelines.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);
    const whole = fences.filter((text) => text.startsWith('pipeline:'));
    expect(whole.length).toBeGreaterThan(0);
    for (const text of [...whole, sample.pipeline]) expect(validate(parse(text)), text).toBe(true);
  });

  it('refuses unknown keys and wrong values at every depth', () => {
    const steps = (step: object) => ({
      pipeline: 'p',
      candidates: ['openai/x'],
      steps: [{ id: 'a', ...step }],
    });
    expect(validate(steps({ generate: {} }))).toBe(true);
    expect(validate(steps({ generates: {} }))).toBe(false);
    expect(validate(steps({ loop: { max: 0, steps: [{ id: 'b', generate: {} }] } }))).toBe(false);
    expect(validate(steps({ loop: { max: 2, steps: [{ id: 'b', generate: { modle: 'x' } }] } }))).toBe(false);
    expect(
      validate(
        steps({
          parallel: {
            branches: { l: [{ id: 'b', map: { over: '{{input.x}}', steps: [{ id: 'c', generate: {} }] } }] },
          },
        }),
      ),
    ).toBe(true);
  });
});
