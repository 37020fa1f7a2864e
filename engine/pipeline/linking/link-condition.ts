/** Conditions over what is known at a step: signals, outputs, state, input fields. */
import { nearNamesHint } from '../../text/index.ts';
import type { Item } from '../compiled.ts';
import { type SignalValue, compileCondition, ConditionError } from '../condition.ts';
import type { Path } from '../document.ts';
import { parseReference, readReference, type Reference } from '../references.ts';
import type { StepPart } from '../specification.ts';
import type { Linking } from './linking.ts';
import { wrongReference } from './link-text.ts';

export type ItemCondition = (item: Item) => boolean;
type Reader = (item: Item) => SignalValue | undefined;

/** Null where it cannot be read or names what is not known here, reported. */
export function linkCondition(
  linking: Linking,
  text: string,
  path: Path,
  step?: StepPart,
): { holds: ItemCondition; needs: string[] } | null {
  let compiled: ReturnType<typeof compileCondition>;
  try {
    compiled = compileCondition(text);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    linking.document.report(
      path,
      `The condition cannot be read: ${error.message} (character ${error.offset + 1}).`,
      'Write it like `complexity > 2000 and not sensitivity == "none"`.',
    );
    return null;
  }
  const known = knownSignals(linking);
  const readers = new Map<string, Reader>();
  const needs = new Set<string>();
  let sound = true;
  for (const { name } of compiled.signals) {
    const reference = known.includes(name) ? null : referenceOf(name);
    const wrong = reference === null ? null : wrongReference(linking, reference, step ? { step } : {});
    if (reference === null && !known.includes(name)) {
      sound = false;
      const hint = nearNamesHint(name, known, 'signal');
      linking.document.report(path, `There is no signal \`${name}\` before this step.`, hint, { find: name });
    } else if (wrong) {
      sound = false;
      linking.document.report(path, wrong.message, wrong.hint, { find: name });
    } else {
      if (reference === null || reference.kind === 'step') needs.add(name.split('.')[0]!);
      readers.set(name, reference === null ? (item) => item.signals.get(name) : valueReader(reference));
    }
  }
  if (!sound) return null;
  const { condition } = compiled;
  return {
    holds: (item) => condition({ get: (name) => readers.get(name)?.(item) }),
    needs: [...needs],
  };
}

function knownSignals(linking: Linking): string[] {
  return [...linking.steps].flatMap(([id, { kind }]) => {
    if (kind === 'generate') return [`${id}.confidence`, `${id}.answer_chars`];
    return kind === 'signal' || kind === 'guard' || kind === 'review' ? [id] : [];
  });
}

/** `draft.output.label` stands for what a template calls `steps.draft.output.label`. */
function referenceOf(name: string): Reference | null {
  const step = /^([^.]+)\.output(\..+)?$/.exec(name);
  return parseReference(step && step[1] !== 'state' && step[1] !== 'input' ? `steps.${name}` : name);
}

function valueReader(reference: Reference): Reader {
  const read = readReference(reference);
  return ({ scope }) => {
    const value = read(scope);
    return typeof value === 'object' && value !== null ? undefined : value;
  };
}
