import type { CallShape, CompiledPolicy } from '../policy/evaluator.ts';
import { type ModelSpec, ProviderError } from '../providers/provider.ts';
import { type Answer, GuardBlocked, type Item } from './compiled.ts';
import { type Fallback, withFallback } from './fallback.ts';
import { ask, type Asking, requestOf, take } from './generate.ts';
import { NotPermitted, refusal } from './sensitivity.ts';

/** Who answers a generate step. `next` is whom an answer that failed its guard escalates to. */
export interface Route {
  by: 'model' | 'candidate' | 'rules' | 'policy';
  /** Declared names in order of escalation. */
  candidates: string[];
  answer(item: Item, asking: Asking): Promise<void>;
  next(item: Item, tried: string[]): string | null;
  specs: Map<string, ModelSpec>;
  /** Who is asked when the one model has failed for good. */
  fallback?: Fallback | null;
  /** Candidates that may be called for one item of an arm, each at most once without guards. */
  reachable(arm: string): string[];
}

/** One model always, or the arm's own one. Neither escalates: an arm is measured as itself. */
export function directRoute(
  by: 'model' | 'candidate',
  specs: Map<string, ModelSpec>,
  fallback: Fallback | null = null,
): Route {
  const candidates = [...specs.keys()];
  const only = candidates[0] ?? '';
  const chosen = (arm: string): string => (by === 'model' ? only : arm);
  return {
    by,
    candidates,
    specs,
    async answer(item, asking) {
      const candidate = chosen(item.candidate);
      await withFallback(
        item,
        fallback,
        { candidate, spec: specOf(specs, candidate), path: asking.id },
        {
          request: (spec) => requestOf(asking, spec, item.example, item.scope),
          attempt: (name, path, request) => ask(item, asking, name, { path, request }),
        },
      );
    },
    next: () => null,
    reachable: (arm) => [chosen(arm)],
    fallback,
  };
}

export interface Rule {
  /** Null: always. */
  when: ((item: Item) => boolean) | null;
  use: string;
}

/** The first rule that holds chooses; the last has no condition. */
export function rulesRoute(rules: Rule[], specs: Map<string, ModelSpec>): Route {
  const candidates = [...specs.keys()];
  return {
    by: 'rules',
    candidates,
    specs,
    async answer(item, asking) {
      const started = performance.now();
      const index = rules.findIndex((rule) => rule.when === null || rule.when(item));
      const candidate = rules[index]?.use ?? candidates[0]!;
      item.context.span({
        step: item.prefix + asking.id,
        kind: 'route',
        startedMs: performance.timeOrigin + started,
        durationMs: performance.now() - started,
        attributes: { by: 'rules', rule: index, candidate },
      });
      for (const allowed of [candidate, ...candidates.filter((other) => other !== candidate)]) {
        const request = requestOf(asking, specOf(specs, allowed), item.example, item.scope);
        // Whom the rules choose may not see every request: then the next in order answers.
        if (refusal(item, allowed, request) !== null && allowed !== candidates.at(-1)) continue;
        await ask(item, asking, allowed, { path: asking.id, request });
        return;
      }
    },
    next: (_item, tried) => candidates.find((candidate) => !tried.includes(candidate)) ?? null,
    reachable: () => candidates,
  };
}

/** What a policy's `answer` signals are called here: the policy's id, whose answer, which figure of it. */
export interface AnswerSignal {
  id: string;
  candidate: string;
  signal: string;
}

/** The policy's own evaluator says whom to ask after each answer or failure, exactly as in production. */
export function policyRoute(
  policy: CompiledPolicy,
  answerSignals: AnswerSignal[],
  specs: Map<string, ModelSpec>,
): Route {
  return {
    by: 'policy',
    candidates: [...specs.keys()],
    specs,
    async answer(item, asking) {
      const started = performance.now();
      const signals: Record<string, unknown> = Object.fromEntries(item.signals);
      const answers: Record<string, string> = {};
      const given = new Map<string, Answer>();
      const failures: Record<string, string> = {};
      const request = { id: item.example.id, input: item.example.input, signals, answers, failures };
      const calls: CallShape[] = [];
      let last: Error | null = null;
      for (;;) {
        const step = policy.next(request, calls);
        if ('error' in step) {
          if (last && step.error.startsWith('all_failed')) throw last;
          throw new GuardBlocked(`The policy refuses this request: ${step.error}.`);
        }
        if ('serve' in step) {
          serve(item, asking, given.get(step.serve), { started, calls, decision: policy.decide(request) });
          return;
        }
        const candidate = step.call;
        try {
          answers[candidate] = await ask(item, asking, candidate, {
            path: `${asking.id}/${candidate}`,
            request: requestOf(asking, specOf(specs, candidate), item.example, item.scope),
          });
          const answer = item.answers.get(asking.id)!;
          const { response } = answer;
          given.set(candidate, answer);
          for (const { id, candidate: whose, signal } of answerSignals) {
            if (whose !== candidate) continue;
            if (signal === 'confidence' && response.confidence !== null) signals[id] = response.confidence;
            if (signal === 'answer_chars') signals[id] = response.text.length;
          }
          calls.push({ candidate, failure: null });
        } catch (error) {
          const failure =
            error instanceof ProviderError
              ? error.failure.class
              : error instanceof NotPermitted
                ? 'refused'
                : null;
          if (failure === null) throw error;
          // Both kinds are errors.
          last = error as Error;
          failures[candidate] = failure;
          calls.push({ candidate, failure });
        }
      }
    },
    next: () => null,
    reachable: () => [...specs.keys()],
  };
}

/** The served answer may be an earlier one than the latest. */
function serve(
  item: Item,
  asking: Asking,
  answer: Answer | undefined,
  made: {
    started: number;
    calls: CallShape[];
    decision: { rule: string | null; route: string | null; margin: number | null };
  },
): void {
  const { started, calls, decision } = made;
  if (!answer) throw new Error(`The policy route of ${asking.id} serves a candidate that has not answered.`);
  take(item, asking, answer);
  item.context.span({
    step: item.prefix + asking.id,
    kind: 'route',
    startedMs: performance.timeOrigin + started,
    durationMs: performance.now() - started,
    attributes: {
      by: 'policy',
      rule: decision.rule,
      route: decision.route,
      margin: decision.margin,
      attempts: calls.map((call) => call.candidate),
      served: answer.candidate,
    },
  });
}

export function specOf(specs: Map<string, ModelSpec>, candidate: string): ModelSpec {
  const spec = specs.get(candidate);
  if (!spec) throw new Error(`The pipeline has no candidate ${candidate}.`);
  return spec;
}
