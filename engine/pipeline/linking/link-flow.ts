/** Steps that hold steps. What runs on another path is not seen; what certainly ran is. */
import type { Path } from '../document.ts';
import { nested } from '../read-steps.ts';
import type { BranchPart, LoopPart, MapPart, ParallelPart, StepPart } from '../specification.ts';
import { branchStep, loopStep, mapStep, parallelStep } from '../steps/flow-steps.ts';
import { linkCondition } from './link-condition.ts';
import { linkTemplate } from './link-text.ts';
import { type Linked, type Linking, type LinkSteps, scopeIn, show, stepsRead } from './linking.ts';

export function linkParallel(
  linking: Linking,
  part: StepPart,
  parallel: ParallelPart,
  linkSteps: LinkSteps,
): Linked | null {
  const at: Path = [...part.at, 'parallel'];
  const names = Object.keys(parallel.branches);
  const atLeast = parallel.atLeast ?? names.length;
  if (names.length === 0 || atLeast > names.length) {
    linking.document.report(
      names.length === 0 ? at : [...at, 'atLeast'],
      `This step has ${names.length} branch${names.length === 1 ? '' : 'es'}.`,
      names.length === 0 ? 'Add at least one under `branches`.' : `Write at most ${names.length}.`,
    );
    return null;
  }
  const inner = names.map((name) => {
    const scope = scopeIn(linking);
    const parts = nested(part, 'parallel', 'branches', name);
    return { name, scope, parts, linked: linkSteps(scope, parts) };
  });
  // A branch that may fail leaves nothing others could rely on.
  if (atLeast === names.length) for (const { scope } of inner) show(linking, scope);
  if (inner.some(({ parts, linked }) => linked.length < parts.length)) return null;
  return {
    step: parallelStep(
      part.id,
      inner.map(({ name, linked }) => ({ name, steps: linked.map(({ step }) => step) })),
      atLeast,
    ),
    resolved: {
      id: part.id,
      parallel: {
        branches: Object.fromEntries(
          inner.map(({ name, linked }) => [name, linked.map(({ resolved }) => resolved)]),
        ),
        atLeast,
      },
    },
  };
}

export function linkMap(linking: Linking, part: StepPart, map: MapPart, linkSteps: LinkSteps): Linked | null {
  const path: Path = [...part.at, 'map', 'over'];
  const over = linkTemplate(linking, { text: map.over }, path, { step: part });
  const whole = /^\{\{[^{}|]*\}\}$/.test(map.over);
  if (over && !whole) {
    linking.document.report(
      path,
      '`over` is one slot that holds a list.',
      'Write `over: "{{input.FIELD}}"`.',
    );
  }
  const parts = nested(part, 'map', 'steps');
  const linked = linkSteps(scopeIn(linking, 'item', 'index'), parts);
  if (!over || !whole || linked.length < parts.length) return null;
  return {
    step: mapStep(
      part.id,
      {
        over: over.template,
        steps: linked.map(({ step }) => step),
        maxItems: map.maxItems,
        concurrency: map.concurrency,
      },
      stepsRead(over.template),
    ),
    resolved: { id: part.id, map: { ...map, steps: linked.map(({ resolved }) => resolved) } },
  };
}

export function linkLoop(
  linking: Linking,
  part: StepPart,
  loop: LoopPart,
  linkSteps: LinkSteps,
): Linked | null {
  const scope = scopeIn(linking, 'index');
  const parts = nested(part, 'loop', 'steps');
  const linked = linkSteps(scope, parts);
  const until =
    loop.until === undefined ? null : linkCondition(scope, loop.until, [...part.at, 'loop', 'until']);
  // The first round always runs.
  show(linking, scope);
  if ((loop.until !== undefined && !until) || linked.length < parts.length) return null;
  return {
    step: loopStep(
      part.id,
      { steps: linked.map(({ step }) => step), until: until?.holds ?? null, max: loop.max },
      // What its own steps give is no need of the loop as a whole.
      (until?.needs ?? []).filter((id) => linking.order.indexOf(id) < linking.order.indexOf(part.id)),
    ),
    resolved: {
      id: part.id,
      loop: {
        steps: linked.map(({ resolved }) => resolved),
        ...(loop.until === undefined ? {} : { until: loop.until }),
        max: loop.max,
      },
    },
  };
}

export function linkBranch(
  linking: Linking,
  part: StepPart,
  alternatives: BranchPart,
  linkSteps: LinkSteps,
): Linked | null {
  const needs = new Set<string>();
  let sound = true;
  const inner = alternatives.map((alternative, index) => {
    const at: Path = [...part.at, 'branch', index];
    const last = index === alternatives.length - 1;
    if (alternative.when === undefined && !last) {
      sound = false;
      linking.document.report(
        at,
        'An alternative without `when` always holds: those below it never do.',
        'Give it a `when`, or move it to the end.',
      );
    }
    const when =
      alternative.when === undefined ? null : linkCondition(linking, alternative.when, [...at, 'when'], part);
    if (alternative.when !== undefined && !when) sound = false;
    for (const id of when?.needs ?? []) needs.add(id);
    const parts = nested(part, 'branch', index, 'steps');
    const linked = linkSteps(scopeIn(linking), parts);
    if (linked.length < parts.length) sound = false;
    return { text: alternative.when, when: when?.holds ?? null, linked };
  });
  if (!sound) return null;
  return {
    step: branchStep(
      part.id,
      inner.map(({ text, when, linked }) => ({
        name: text ?? 'otherwise',
        when,
        steps: linked.map(({ step }) => step),
      })),
      [...needs],
    ),
    resolved: {
      id: part.id,
      branch: inner.map(({ text, linked }) => ({
        ...(text === undefined ? {} : { when: text }),
        steps: linked.map(({ resolved }) => resolved),
      })),
    },
  };
}
