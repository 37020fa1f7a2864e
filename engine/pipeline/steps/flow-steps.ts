/** Steps that hold steps: side by side, over a list, in rounds, one of several. */
import type { Json } from '../../api/index.ts';
import { GuardBlocked, type Step } from '../compiled.ts';
import {
  failureOf,
  fork,
  join,
  lastOutput,
  planSteps,
  runSteps,
  runWithin,
  settleLimited,
} from '../frames.ts';
import type { ItemCondition } from '../linking/link-condition.ts';
import { jsonIn, readReference, type TemplateScope } from '../references.ts';
import type { Template } from '../template.ts';

/** Its output: each branch's last output, by name; null for one that failed where `atLeast` lets it. */
export function parallelStep(id: string, branches: { name: string; steps: Step[] }[], atLeast: number): Step {
  return {
    id,
    kind: 'parallel',
    needs: needsOf(branches.flatMap(({ steps }) => steps)),
    inner: branches,
    async run(item) {
      const views = branches.map(() => fork(item, item.prefix));
      const settled = await Promise.allSettled(
        branches.map(({ steps }, index) => runSteps(steps, views[index]!)),
      );
      const succeeded = views.filter((_, index) => settled[index]!.status === 'fulfilled');
      join(item, views, succeeded, true);
      const failure = failureOf(settled, branches.length - atLeast);
      if (failure !== undefined) throw failure;
      item.scope.outputs.set(
        id,
        Object.fromEntries(
          branches.map(({ name, steps }, index) => [
            name,
            settled[index]!.status === 'fulfilled' ? lastOutput(steps, views[index]!) : null,
          ]),
        ),
      );
    },
    plan(reckoning) {
      return { all: branches.map(({ steps }) => planSteps(steps, reckoning)) };
    },
  };
}

export interface Mapping {
  over: Template;
  steps: Step[];
  maxItems: number;
  concurrency: number;
}

/** Its output: the last output for each element, in the list's order, whichever was done first. */
export function mapStep(id: string, mapping: Mapping, needs: string[]): Step {
  const { over, steps, maxItems } = mapping;
  return {
    id,
    kind: 'map',
    needs: [...new Set([...needs, ...needsOf(steps)])],
    inner: [{ name: null, steps }],
    async run(item) {
      const list = listOf(over, item.scope);
      if (list === null) throw new GuardBlocked(`Step \`${id}\` maps over what is no list.`);
      if (list.length > maxItems) {
        throw new GuardBlocked(
          `Step \`${id}\` was given ${list.length} elements, over its limit of ${maxItems}.`,
        );
      }
      const views = list.map((element, index) =>
        fork(item, `${item.prefix}${id}[${index}]/`, { item: element, index }),
      );
      const settled = await settleLimited(list.length, mapping.concurrency, (index) =>
        runSteps(steps, views[index]!),
      );
      join(item, views, views, false);
      const failure = failureOf(settled);
      if (failure !== undefined) throw failure;
      item.scope.outputs.set(
        id,
        views.map((view) => lastOutput(steps, view)),
      );
    },
    plan(reckoning) {
      const fromInput = over.references.every(({ kind }) => kind === 'input');
      const list = fromInput ? (listOf(over, reckoning.scope) ?? []) : null;
      const element = list?.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
      const scope: TemplateScope = {
        ...reckoning.scope,
        outputs: new Map(reckoning.scope.outputs),
        index: 0,
        ...(element === undefined ? {} : { item: element }),
      };
      const times = Math.min(list?.length ?? maxItems, maxItems);
      return times === 0 ? null : { times, plan: planSteps(steps, { ...reckoning, scope }) };
    },
  };
}

/** A list, or a text that is the JSON of one. */
function listOf(over: Template, scope: TemplateScope): Json[] | null {
  const [reference] = over.references;
  const value = reference === undefined ? undefined : readReference(reference)(scope);
  const read = typeof value === 'string' ? jsonIn(value) : value;
  return Array.isArray(read) ? read : null;
}

export interface Looping {
  steps: Step[];
  /** Read after each round; null: always `max` rounds. */
  until: ItemCondition | null;
  max: number;
}

/** Rounds `ID[1]/`, `ID[2]/`, …; each sees what the one before gave. Its output: the last output of the last round. */
export function loopStep(id: string, { steps, until, max }: Looping, needs: string[]): Step {
  return {
    id,
    kind: 'loop',
    needs: [...new Set([...needs, ...needsOf(steps)])],
    inner: [{ name: null, steps }],
    async run(item) {
      for (let round = 1; round <= max; round++) {
        await runWithin(steps, item, { prefix: `${item.prefix}${id}[${round}]/`, index: round });
        const done = until?.({ ...item, scope: { ...item.scope, index: round } }) ?? false;
        if (done || round === max) {
          item.context.span({
            step: item.prefix + id,
            kind: 'loop',
            startedMs: performance.timeOrigin + performance.now(),
            durationMs: 0,
            attributes: { rounds: round, stopped: done ? 'until' : 'max' },
          });
          break;
        }
      }
      item.scope.outputs.set(id, lastOutput(steps, item));
    },
    plan: (reckoning) => ({ times: max, plan: planSteps(steps, reckoning) }),
  };
}

export interface Alternative {
  name: string;
  /** Null: always. */
  when: ItemCondition | null;
  steps: Step[];
}

/** The first alternative that holds runs. Its output: that one's last output, or null. */
export function branchStep(id: string, alternatives: Alternative[], needs: string[]): Step {
  return {
    id,
    kind: 'branch',
    needs: [...new Set([...needs, ...needsOf(alternatives.flatMap(({ steps }) => steps))])],
    inner: alternatives.map(({ name, steps }) => ({ name, steps })),
    async run(item) {
      const chosen = alternatives.find(({ when }) => when === null || when(item));
      item.context.span({
        step: item.prefix + id,
        kind: 'branch',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { taken: chosen?.name ?? null },
      });
      if (chosen !== undefined) await runSteps(chosen.steps, item);
      item.scope.outputs.set(id, chosen === undefined ? null : lastOutput(chosen.steps, item));
    },
    plan: (reckoning) => ({ any: alternatives.map(({ steps }) => planSteps(steps, reckoning)) }),
  };
}

/** What steps need from outside themselves. */
function needsOf(steps: readonly Step[]): string[] {
  const own = new Set(idsOf(steps));
  return [...new Set(steps.flatMap(({ needs }) => needs.filter((id) => !own.has(id))))];
}
const idsOf = (steps: readonly Step[]): string[] =>
  steps.flatMap(({ id, inner }) => [id, ...(inner ?? []).flatMap((one) => idsOf(one.steps))]);
