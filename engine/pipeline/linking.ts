/** Joins the steps: every reference to a column, step, candidate or signal is followed, and reported where it ends nowhere. */
import type { Json } from '../api/index.ts';
import type { ModelSpec } from '../providers/provider.ts';
import type { Declared } from './candidates.ts';
import type { Step } from './compiled.ts';
import type { Path, SourceDocument } from './document.ts';
import { looksLikeFile, readBeside } from './files.ts';
import type { Asking } from './generate.ts';
import { nearNamesHint } from '../text/index.ts';
import type { JsonMap } from './parts.ts';
import type { Route } from './route.ts';
import type { StepPart, TextSource } from './specification.ts';
import { compileTemplate, type Template } from './template.ts';

export interface Linking {
  document: SourceDocument;
  baseFolder: string | null;
  dataset: { inputFields: string[]; tagFields: string[] } | null;
  declared: Declared;
  /** Steps linked so far, by id; generate steps with what they ask and whom. */
  steps: Map<string, { kind: Step['kind']; generate?: { asking: Asking; route: Route } }>;
  /** Position in the file by step id. */
  indexes: Map<string, number>;
  /** The parts of the self-contained source, by step index. */
  resolved: JsonMap[];
  /** Candidates of the one route by candidate. */
  arms: { names: string[]; step: string } | null;
  used: Map<string, ModelSpec>;
}

/** A template, from text or file, with its references checked. Null where it has a problem. */
export function linkTemplate(
  linking: Linking,
  source: TextSource,
  path: Path,
  step: StepPart,
): { template: Template; text: string } | null {
  const { document } = linking;
  let text: string;
  let file: string | null = null;
  if (typeof source === 'string' && !looksLikeFile(source)) text = source;
  else if (typeof source === 'object' && 'text' in source) text = source.text;
  else {
    file = typeof source === 'string' ? source : source.file;
    const read = readBeside(linking.baseFolder, file);
    if ('message' in read) {
      document.report(path, read.message, read.hint);
      return null;
    }
    text = read.text;
  }
  const { template, problems } = compileTemplate(text);
  const report = (offset: number, find: string, message: string, hint: string): void => {
    const nth = text.slice(0, offset).split(find).length - 1;
    if (file === null) document.report(path, message, hint, { find, nth });
    else document.reportIn({ file, text, offset }, message, hint);
  };
  for (const problem of problems) {
    report(problem.offset, text.slice(problem.offset, problem.offset + 12), problem.message, problem.hint);
  }
  let sound = problems.length === 0;
  for (const reference of template.references) {
    const wrong =
      reference.kind === 'input'
        ? wrongColumn(linking, reference.path)
        : wrongStep(linking, reference.step, step);
    if (!wrong) continue;
    sound = false;
    const name = reference.kind === 'input' ? `input.${reference.path}` : `steps.${reference.step}`;
    report(Math.max(0, text.indexOf(name)), name, wrong.message, wrong.hint);
  }
  return sound ? { template, text } : null;
}

/** Steps whose output a template reads. */
export function stepsRead(template: Template | null): string[] {
  return (template?.references ?? []).flatMap((reference) =>
    reference.kind === 'step' ? [reference.step] : [],
  );
}

interface Wrong {
  message: string;
  hint: string;
}

function wrongColumn(linking: Linking, path: string): Wrong | null {
  const known = linking.dataset?.inputFields;
  if (!known) return null;
  const root = path.split('.')[0]!;
  if (known.includes(path) || known.includes(root)) return null;
  return {
    message: `The dataset has no input field \`${path}\`.`,
    hint: nearNamesHint(path, known, 'input field'),
  };
}

function wrongStep(linking: Linking, id: string, step: StepPart): Wrong | null {
  const earlier = [...linking.steps.entries()].filter(([, linked]) => linked.kind !== 'guard');
  if (earlier.some(([known]) => known === id)) return null;
  const at = linking.indexes.get(id);
  if (at !== undefined && at >= step.index) {
    return {
      message: `Step \`${id}\` has not run yet at this point.`,
      hint: `Move it above \`${step.id}\`.`,
    };
  }
  return {
    message: `There is no earlier step \`${id}\` with an output.`,
    hint: nearNamesHint(
      id,
      earlier.map(([known]) => known),
      'step',
    ),
  };
}

/** A declared candidate's model; undefined where there is none of that name (reported), null where it is broken. */
export function linkCandidate(linking: Linking, name: string, path: Path): ModelSpec | null | undefined {
  if (!linking.declared.has(name)) {
    linking.document.report(
      path,
      `There is no candidate \`${name}\`.`,
      nearNamesHint(name, [...linking.declared.keys()], 'candidate'),
    );
    return undefined;
  }
  const spec = linking.declared.get(name);
  if (spec) linking.used.set(name, spec);
  return spec;
}

export const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
