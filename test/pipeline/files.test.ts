import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compilePipeline } from '../../engine/pipeline/index.ts';
import { compiled, fields, registry } from './edge.ts';

const root = mkdtempSync(join(tmpdir(), 'kneepoint-pipeline-'));
const base = join(root, 'base');
mkdirSync(join(base, 'prompts'), { recursive: true });
writeFileSync(join(root, 'secret.md'), 'SECRET');
writeFileSync(join(base, 'prompts', 'good.md'), '\uFEFFSort this:\n{{input.body}}\n');
writeFileSync(join(base, 'prompts', 'bad.md'), 'line one\n  {{input.bdy}}\n');
symlinkSync(join(root, 'secret.md'), join(base, 'link.md'));
afterAll(() => rmSync(root, { recursive: true }));

const text = (prompt: string): string =>
  `pipeline: p\ncandidates: { m: openai/m }\nsteps:\n  - { id: a, generate: { prompt: ${prompt} } }\n`;
const problems = (prompt: string) =>
  compilePipeline({ text: text(prompt), file: 'p.yaml', baseFolder: base }, registry, fields).problems;

describe('prompt files', () => {
  it('are read beside the pipeline and travel inside its source', () => {
    const pipeline = compiled(text('prompts/good.md'), base);
    expect(pipeline.source).toContain('Sort this:\\n{{input.body}}\\n');
    expect(compiled(pipeline.source).hash).toBe(pipeline.hash);
  });

  it('have their own problems reported at their own lines', () => {
    expect(problems('prompts/bad.md')).toEqual([
      {
        file: 'prompts/bad.md',
        line: 2,
        column: 5,
        message: 'The dataset has no input field `bdy`.',
        hint: 'Did you mean `body`?',
      },
    ]);
  });

  it('outside the folder are refused, through `..`, an absolute path or a link', () => {
    for (const path of [
      '../secret.md',
      join(root, 'secret.md'),
      'link.md',
      '{ file: prompts/../../secret.md }',
    ]) {
      const [problem] = problems(path);
      expect(problem).toMatchObject({ line: 4 });
      expect(problem!.message).toContain("lies outside the pipeline's folder");
    }
  });

  it('that are not there are named', () => {
    expect(problems('prompts/none.md')[0]!.message).toBe('There is no file `prompts/none.md`.');
  });
});
