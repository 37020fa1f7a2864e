import type { ModelRequest } from '../../providers/provider.ts';
import { type Answer, GuardBlocked, type Item, type Step } from '../compiled.ts';
import { ask, type Asking, requestOf } from '../generate.ts';
import type { Check } from '../guard.ts';
import { textOf } from '../references.ts';
import { type Route, specOf } from '../route.ts';
import { refusal } from '../sensitivity.ts';

export interface Guarding {
  id: string;
  of: Asking;
  route: Route;
  check: Check;
  onFail: 'block' | 'escalate' | 'retry';
  retries: number;
}

/**
 * Checks an answer. The signal named after the step says whether it passed (in the end).
 * block: the item fails with class `guard`. retry: the same candidate is told what was wrong and asked again, up
 * to `retries` times, then as block. escalate: the route's next candidates are asked in order, then as block;
 * where the route has none to escalate to (an arm measured alone) the answer stands and the signal is false, so
 * that a fit can learn to escalate on it.
 */
export function guardStep(guarding: Guarding): Step {
  const { id, of, route, check, onFail } = guarding;
  const measured = onFail === 'escalate' && route.by !== 'rules';
  return {
    id,
    kind: 'guard',
    needs: [of.id],
    run(item) {
      const started = performance.now();
      const answer = item.answers.get(of.id);
      if (!answer) throw new Error(`Guard ${id} runs before ${of.id} has answered.`);
      const reason = check(answer.response.text);
      item.signals.set(id, reason === null);
      item.context.span({
        step: item.prefix + id,
        kind: 'guard',
        startedMs: performance.timeOrigin + started,
        durationMs: performance.now() - started,
        attributes: { passed: reason === null, reason, onFail },
      });
      if (reason === null || measured) return undefined;
      if (onFail === 'retry') return retry(guarding, item, answer, reason);
      if (onFail === 'escalate') return escalate(guarding, item, answer, reason);
      throw blocked(id, reason);
    },
    plan({ arm, example, scope }) {
      const requestTo = (name: string): ModelRequest =>
        requestOf(of, specOf(route.specs, name), example, scope);
      if (onFail === 'escalate' && !measured) {
        const others = route.candidates.map(requestTo);
        return { times: others.length - 1, plan: { oneOf: others } };
      }
      if (onFail !== 'retry') return null;
      // The longest its answer may be stands in the scope.
      const answer = textOf(scope.outputs.get(of.id));
      const again = route
        .reachable(arm)
        .map((name) => retryRequest(requestTo(name), answer, 'it is not right'));
      return { times: guarding.retries, plan: { oneOf: again } };
    },
  };
}

async function retry(guarding: Guarding, item: Item, first: Answer, reason: string): Promise<void> {
  let why = reason;
  let answer = first;
  for (let attempt = 1; attempt <= guarding.retries; attempt++) {
    await ask(item, guarding.of, answer.candidate, {
      path: `${guarding.of.id}/${guarding.id}-retry-${attempt}`,
      request: retryRequest(first.request, answer.response.text, why),
    });
    answer = item.answers.get(guarding.of.id)!;
    const again = guarding.check(answer.response.text);
    item.signals.set(guarding.id, again === null);
    if (again === null) return;
    why = again;
  }
  throw blocked(guarding.id, why);
}

/** Not the same request again: that one would be answered from the ledger. */
function retryRequest(request: ModelRequest, answer: string, reason: string): ModelRequest {
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: answer },
      { role: 'user', content: `That answer was refused: ${reason}. Answer again, correctly this time.` },
    ],
  };
}

async function escalate(guarding: Guarding, item: Item, first: Answer, reason: string): Promise<void> {
  const tried = [first.candidate];
  let why = reason;
  for (let next = guarding.route.next(item, tried); next !== null; next = guarding.route.next(item, tried)) {
    tried.push(next);
    const request = requestOf(guarding.of, specOf(guarding.route.specs, next), item.example, item.scope);
    if (refusal(item, next, request) !== null) continue;
    await ask(item, guarding.of, next, {
      path: `${guarding.of.id}/${guarding.id}-escalate-${next}`,
      request,
    });
    const again = guarding.check(item.answers.get(guarding.of.id)!.response.text);
    item.signals.set(guarding.id, again === null);
    if (again === null) return;
    why = again;
  }
  throw blocked(guarding.id, why);
}

function blocked(id: string, reason: string): GuardBlocked {
  return new GuardBlocked(`Guard \`${id}\` refused the answer: ${reason}.`);
}
