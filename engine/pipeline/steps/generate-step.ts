import type { Step } from '../compiled.ts';
import { type Asking, requestOf } from '../generate.ts';
import { type Route, specOf } from '../route.ts';

/** Characters a token is taken for when an answer that is not there yet must be priced at its longest. */
const charsPerToken = 4;
const assumedOutputTokens = 1024;

export function generateStep(asking: Asking, route: Route, needs: string[]): Step {
  return {
    id: asking.id,
    kind: 'generate',
    needs,
    run: (item) => route.answer(item, asking),
    plan({ arm, example, scope }) {
      const requests = route
        .reachable(arm)
        .map((name) => requestOf(asking, specOf(route.specs, name), example, scope));
      const longest = Math.max(...requests.map(({ spec }) => spec.maxOutputTokens ?? assumedOutputTokens));
      scope.outputs.set(asking.id, 'x'.repeat(charsPerToken * longest));
      const fallbacks = (route.fallback?.to ?? []).map(({ spec }) => ({
        oneOf: [requestOf(asking, spec, example, scope)],
      }));
      if (fallbacks.length > 0) return { all: [{ oneOf: requests }, ...fallbacks] };
      // Rules pick one of them; a policy may call each in turn.
      return route.by === 'policy'
        ? { all: requests.map((request) => ({ oneOf: [request] })) }
        : { oneOf: requests };
    },
  };
}
