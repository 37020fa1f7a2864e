/** Templates, from the pipeline or from files beside it: every reference in them is followed, or reported. */
import { nearNamesHint } from '../../text/index.ts';
import type { Path } from '../document.ts';
import { looksLikeFile, readBeside } from '../files.ts';
import { nameOf, type Reference } from '../references.ts';
import type { StepPart, TextSource } from '../specification.ts';
import { compileTemplate, type Template } from '../template.ts';
import { type Linking, withOutput } from './linking.ts';

export interface LinkedText {
  template: Template;
  text: string;
}

/** Null where it has a problem. `truth` lets it read the expected answer and tags. */
export function linkTemplate(
  linking: Linking,
  source: TextSource,
  path: Path,
  options: { step?: StepPart; truth?: boolean } = {},
): LinkedText | null {
  const read = readText(linking, source, path);
  if (read === null) return null;
  const { text, file } = read;
  const { template, problems } = compileTemplate(text);
  const report = (offset: number, find: string, message: string, hint: string): void => {
    const nth = text.slice(0, offset).split(find).length - 1;
    if (file === null) linking.document.report(path, message, hint, { find, nth });
    else linking.document.reportIn({ file, text, offset }, message, hint);
  };
  for (const problem of problems) {
    report(problem.offset, text.slice(problem.offset, problem.offset + 12), problem.message, problem.hint);
  }
  let sound = problems.length === 0;
  for (const reference of template.references) {
    const wrong = wrongReference(linking, reference, options);
    if (!wrong) continue;
    sound = false;
    const name = nameOf(reference);
    report(Math.max(0, text.indexOf(name)), name, wrong.message, wrong.hint);
  }
  return sound ? { template, text } : null;
}

function readText(
  linking: Linking,
  source: TextSource,
  path: Path,
): { text: string; file: string | null } | null {
  if (typeof source === 'string' && !looksLikeFile(source)) return { text: source, file: null };
  if (typeof source === 'object' && 'text' in source) return { text: source.text, file: null };
  const file = typeof source === 'string' ? source : source.file;
  const read = readBeside(linking.baseFolder, file);
  if ('text' in read) return { text: read.text, file };
  linking.document.report(path, read.message, read.hint);
  return null;
}

export interface Wrong {
  message: string;
  hint: string;
}

/** Why a reference leads nowhere at this step; null where it leads somewhere. */
export function wrongReference(
  linking: Linking,
  reference: Reference,
  { step, truth = false }: { step?: StepPart; truth?: boolean } = {},
): Wrong | null {
  switch (reference.kind) {
    case 'input':
      return wrongColumn(linking.dataset?.inputFields, reference.path, 'input field');
    case 'step':
      return wrongStep(linking, reference.step, step);
    case 'state': {
      if (linking.state.has(reference.key)) return null;
      return {
        message: `The pipeline declares no state \`${reference.key}\`.`,
        hint:
          linking.state.size === 0
            ? `Declare it: \`state: { ${reference.key}: { reducer: replace } }\`.`
            : nearNamesHint(reference.key, [...linking.state.keys()], 'state'),
      };
    }
    case 'item':
    case 'index':
      return linking.locals.has(reference.kind)
        ? null
        : {
            message: `There is no \`${reference.kind}\` here.`,
            hint: `\`${reference.kind}\` is read in the steps of a \`map\`${reference.kind === 'index' ? ' or a `loop`' : ''}.`,
          };
    case 'tags':
    case 'expected':
      if (!truth) {
        return {
          message: `\`${nameOf(reference)}\` is the ground truth: no step may see it.`,
          hint: 'Read it in the `expected` of a `score` step only.',
        };
      }
      return reference.kind === 'expected'
        ? null
        : wrongColumn(linking.dataset?.tagFields, reference.path, 'tag');
  }
}

function wrongColumn(known: string[] | undefined, path: string, noun: 'input field' | 'tag'): Wrong | null {
  if (!known || known.includes(path) || known.includes(path.split('.')[0]!)) return null;
  return {
    message: `The dataset has no ${noun} \`${path}\`.`,
    hint: nearNamesHint(path, known, noun),
  };
}

function wrongStep(linking: Linking, id: string, step: StepPart | undefined): Wrong | null {
  const earlier = withOutput(linking);
  if (earlier.includes(id)) return null;
  const at = linking.order.indexOf(id);
  const here = step === undefined ? linking.order.length : linking.order.indexOf(step.id);
  if (step !== undefined && at >= here) {
    return {
      message: `Step \`${id}\` has not run yet at this point.`,
      hint: `Move it above \`${step.id}\`.`,
    };
  }
  if (at >= 0 && !linking.steps.has(id)) {
    return {
      message: `Step \`${id}\` stands inside another step: its output is not seen here.`,
      hint: 'Read the output of the step around it, or put the value into `state` with a `set` step.',
    };
  }
  return {
    message: `There is no earlier step \`${id}\` with an output.`,
    hint: nearNamesHint(id, earlier, 'step'),
  };
}
