/** From the YAML's list of steps to their parts, each parsed by its schema; what refers to what comes later. */
import type { z } from 'zod';
import type { Json } from '../api/index.ts';
import type { Path, SourceDocument } from './document.ts';
import { isJsonMap, readPart, reportUnknownKey } from './parts.ts';
import { identifier, RoutePart, stepKeys, stepKinds, type StepPart, stepParts } from './specification.ts';
import { textOf } from './references.ts';

/** The steps of a list, wherever it stands. `seen` holds the ids of the whole file. */
export function readSteps(
  document: SourceDocument,
  value: Json | undefined,
  at: Path,
  seen: Set<string>,
): StepPart[] {
  if (!Array.isArray(value) || value.length === 0) {
    document.report(at, 'The pipeline has no steps.', 'Add `steps:` with a list of steps.');
    return [];
  }
  return value.flatMap((item, index) => {
    const part = readStep(document, item, [...at, index], seen);
    return part ? [part] : [];
  });
}

function readStep(document: SourceDocument, item: Json, at: Path, seen: Set<string>): StepPart | null {
  if (!isJsonMap(item)) {
    document.report(at, 'A step is a map of keys.', 'Write `- id: NAME` and the step below it.');
    return null;
  }
  for (const key of Object.keys(item))
    if (!stepKeys.includes(key)) reportUnknownKey(document, [...at, key], stepKeys);
  let id = item['id'];
  if (typeof id !== 'string' || !identifier.test(id)) {
    document.report(
      id === undefined ? at : [...at, 'id'],
      id === undefined ? 'This step has no id.' : `\`${textOf(id)}\` cannot be a step's id.`,
      'Use a letter, then letters, digits, `-` or `_`, at most 64.',
    );
    id = `step ${Number(at.at(-1)) + 1}`;
  }
  if (seen.has(id)) {
    document.report([...at, 'id'], `There are two steps \`${id}\`.`, 'Give each its own id.');
  }
  seen.add(id);
  const kinds = stepKinds.filter((key) => key in item);
  const strangers = Object.keys(item).some((key) => !stepKeys.includes(key));
  if (kinds.length > 1 || (kinds.length === 0 && !strangers)) {
    document.report(
      at,
      kinds.length === 0
        ? `Step \`${id}\` does nothing.`
        : `Step \`${id}\` does ${kinds.length} things at once.`,
      kinds.length === 0
        ? `Give it one of ${stepKinds.map((kind) => `\`${kind}\``).join(', ')}.`
        : `Split it: ${kinds.map((kind) => `\`${kind}\``).join(' and ')} are steps of their own.`,
    );
  }
  if ('route' in item && !('generate' in item)) {
    document.report([...at, 'route'], 'A route chooses who generates.', 'Add `generate:` to this step.', {
      atKey: true,
    });
  }
  const read = <S extends z.ZodType>(key: string, schema: S): z.output<S> | null =>
    key in item ? readPart(document, schema, item[key], [...at, key]) : null;
  const route = read('route', RoutePart);
  const part: StepPart = {
    id,
    at,
    intended: kinds[0] ?? null,
    ...(route ? { route } : {}),
    inner: new Map(),
  };
  for (const kind of kinds) {
    const value = read(kind, stepParts[kind]);
    // A route that cannot be read must not turn its step into one without a route.
    if (value === null || (kind === 'generate' && !route && 'route' in item)) continue;
    Object.assign(part, { [kind]: value });
  }
  for (const inside of innerLists(part)) {
    const { list, place } = inside;
    part.inner.set(place.join('/'), readSteps(document, list, [...at, ...place], seen));
  }
  return part;
}

/** Where a step holds steps. */
function innerLists(part: StepPart): { place: Path; list: Json[] }[] {
  if (part.parallel) {
    return Object.entries(part.parallel.branches).map(([name, list]) => ({
      place: ['parallel', 'branches', name],
      list,
    }));
  }
  if (part.map) return [{ place: ['map', 'steps'], list: part.map.steps }];
  if (part.loop) return [{ place: ['loop', 'steps'], list: part.loop.steps }];
  // An alternative may do nothing.
  return (part.branch ?? []).flatMap(({ steps }, index) =>
    steps.length === 0 ? [] : [{ place: ['branch', index, 'steps'], list: steps }],
  );
}

/** The steps a step holds at a place inside it. */
export const nested = (part: StepPart, ...place: Path): StepPart[] => part.inner.get(place.join('/')) ?? [];
