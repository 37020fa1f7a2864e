import { GuardBlocked, type Item, type Step } from '../compiled.ts';
import { planSteps, runSteps } from '../frames.ts';
import type { LinkedPipeline } from '../linking/linking.ts';
import { textOf } from '../references.ts';
import { freshState } from '../state.ts';
import type { Template } from '../template.ts';

export interface CallingPipeline {
  id: string;
  /** By input field of the called pipeline; null: it gets all of this one's. */
  input: [string, Template][] | null;
  pipeline: LinkedPipeline;
  needs: string[];
}

/**
 * Runs another pipeline on an input made here. It has state and signals of its own; what it answers is this step's
 * output. What is sensitive here stays so there, whatever that pipeline itself says.
 */
export function callStep({ id, input, pipeline, needs }: CallingPipeline): Step {
  return {
    id,
    kind: 'call',
    needs,
    inner: [{ name: pipeline.name, steps: pipeline.program }],
    async run(item) {
      const given =
        input === null
          ? item.scope.input
          : Object.fromEntries(
              input.map(([field, template]) => [
                field,
                template.whole(item.scope) ?? template.render(item.scope),
              ]),
            );
      const called: Item = {
        ...item,
        example: { ...item.example, input: given },
        prefix: `${item.prefix}${id}/`,
        candidatePrefix: `${item.candidatePrefix}${id}/`,
        sensitivity: strictest(item, pipeline, id),
        stateKeys: pipeline.state,
        scope: { input: given, outputs: new Map(), state: freshState(pipeline.state) },
        signals: new Map(),
        answers: new Map(),
        output: null,
        writes: [],
      };
      await runSteps(pipeline.program, called);
      const answer = pipeline.output ? pipeline.output.render(called.scope) : called.output;
      if (answer === null) throw new GuardBlocked(`The pipeline that step \`${id}\` calls gave no answer.`);
      item.scope.outputs.set(id, answer);
      item.output = answer;
    },
    plan(reckoning) {
      const given =
        input === null
          ? reckoning.scope.input
          : Object.fromEntries(
              input.map(([field, template]) => [
                field,
                textOf(template.whole(reckoning.scope) ?? template.render(reckoning.scope)),
              ]),
            );
      const scope = { input: given, outputs: new Map(), state: freshState(pipeline.state) };
      const plan = planSteps(pipeline.program, {
        ...reckoning,
        example: { ...reckoning.example, input: given },
        scope,
      });
      const last = [...scope.outputs.values()].at(-1);
      if (last !== undefined) reckoning.scope.outputs.set(id, last);
      return plan;
    },
  };
}

/** Both pipelines' rules hold: what either finds sensitive reaches only whom each of the two allows. */
function strictest(item: Item, called: LinkedPipeline, id: string): Item['sensitivity'] {
  const outer = item.sensitivity;
  if (called.sensitivity === null) return outer;
  const prefix = `${item.candidatePrefix}${id}/`;
  const inner = [...called.sensitivity.allow].map((name) => prefix + name);
  if (outer === null) return { detect: called.sensitivity.detect, allow: new Set(inner) };
  return {
    detect: [...new Set([...outer.detect, ...called.sensitivity.detect])],
    allow: new Set(inner.filter((name) => outer.allow.has(name))),
  };
}
