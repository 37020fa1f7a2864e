/** A function of the user's own as a step: read, its types taken off, kept with the pipeline. */
import { createRequire } from 'node:module';
import type * as Amaro from 'amaro';
import type { Path } from '../document.ts';
import { readBeside } from '../files.ts';
import type { CodePart, StepPart } from '../specification.ts';
import { codeStep } from '../steps/code-step.ts';
import type { Linked, Linking } from './linking.ts';

/** Megabytes of WebAssembly: loaded when the first TypeScript is met. */
const require = createRequire(import.meta.url);
const typeStripper = (): typeof Amaro => require('amaro') as typeof Amaro;

export function linkCode(linking: Linking, part: StepPart, code: CodePart): Linked | null {
  const at: Path = [...part.at, 'code'];
  const settings = typeof code === 'string' ? { file: code, export: 'default', timeoutMs: 10_000 } : code;
  const source = moduleText(linking, settings, at);
  if (source === null) return null;
  linking.shared.codeSteps.push(part.id);
  const { export: name, timeoutMs } = settings;
  return {
    step: codeStep({ id: part.id, source, name, timeoutMs, needs: [...linking.steps.keys()] }),
    resolved: { id: part.id, code: { text: source, export: name, timeoutMs } },
  };
}

/** The JavaScript of a module, from a file beside the pipeline or as it stands; null where there is none, reported. */
export function moduleText(
  linking: Linking,
  { file, text }: { file?: string | undefined; text?: string | undefined },
  at: Path,
): string | null {
  const report = (message: string, hint: string): null => {
    linking.document.report(at, message, hint);
    return null;
  };
  if ((file === undefined) === (text === undefined)) {
    return report('A code step names a file, or holds the text of a module.', 'Write `code: FILE.ts`.');
  }
  if (text !== undefined) return text;
  const read = readBeside(linking.baseFolder, file!);
  if ('message' in read) return report(read.message, read.hint);
  if (!/\.[cm]?ts$/.test(file!)) return read.text;
  try {
    return typeStripper().transformSync(read.text, { mode: 'strip-only' }).code;
  } catch (error) {
    return report(
      `\`${file!}\` cannot be read: ${(error as Error).message.split('\n')[0]!}`,
      'Use TypeScript whose types can simply be taken off (no enums, no namespaces).',
    );
  }
}
