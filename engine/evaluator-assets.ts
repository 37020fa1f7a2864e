/** The two evaluators as texts that go into every bundle: built ones beside the build, else made from the sources. */
import { existsSync, readFileSync } from 'node:fs';
import * as modules from 'node:module';
import type { EvaluatorAssets } from './policy/index.ts';

export function readEvaluatorAssets(): EvaluatorAssets {
  const built = new URL('../assets/', import.meta.url);
  if (existsSync(new URL('evaluator.js', built))) {
    const read = (name: string): string => readFileSync(new URL(name, built), 'utf8');
    return { evaluatorJs: read('evaluator.js'), evaluatorPy: read('evaluator.py') };
  }
  const sources = new URL('./policy/', import.meta.url);
  return {
    evaluatorJs: modules.stripTypeScriptTypes(readFileSync(new URL('evaluator.ts', sources), 'utf8')),
    evaluatorPy: readFileSync(new URL('evaluator.py', sources), 'utf8'),
  };
}
