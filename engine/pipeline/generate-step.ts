import type { Step } from './compiled.ts';
import { type Asking, requestOf } from './generate.ts';
import { type Route, specOf } from './route.ts';

export function generateStep(asking: Asking, route: Route, needs: string[]): Step {
  return {
    id: asking.id,
    kind: 'generate',
    needs,
    run: (item) => route.answer(item, asking),
    worstCase(arm, example, outputs) {
      const scope = { input: example.input, outputs };
      const requests = route
        .reachable(arm)
        .map((name) => requestOf(asking, specOf(route.specs, name), example, scope));
      // Rules pick one of them; a policy may call each in turn.
      return route.by === 'policy' ? requests.map((request) => [request]) : [requests];
    },
  };
}
