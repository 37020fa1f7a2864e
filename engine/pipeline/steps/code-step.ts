import type { Json } from '../../api/index.ts';
import { GuardBlocked, type Step } from '../compiled.ts';
import { textOf } from '../references.ts';
import { type CodeWorker, openCodeWorker } from './code-worker.ts';

export interface Coding {
  id: string;
  /** JavaScript of a module. */
  source: string;
  /** The export that is called. */
  name: string;
  timeoutMs: number;
  needs: string[];
}

/**
 * Calls a function of the user's own with `{ input, steps, state, signals, item, index }`; what it returns is the
 * step's output. Run again on resume, not journalled: it should give the same for the same. What it throws, and a call
 * that takes too long, fails the item.
 */
export function codeStep({ id, source, name, timeoutMs, needs }: Coding): Step {
  let worker: CodeWorker | null = null;
  return {
    id,
    kind: 'code',
    needs,
    async run(item) {
      const started = performance.now();
      const { scope, signals } = item;
      const given: { [key: string]: Json } = {
        input: scope.input,
        steps: Object.fromEntries(scope.outputs),
        state: Object.fromEntries(scope.state),
        signals: Object.fromEntries([...signals].map(([key, value]) => [key, value])),
        ...(scope.item === undefined ? {} : { item: scope.item }),
        ...(scope.index === undefined ? {} : { index: scope.index }),
      };
      worker ??= openCodeWorker(source, name);
      const result = await worker.call(given, timeoutMs, item.context.signal);
      item.context.span({
        step: item.prefix + id,
        kind: 'code',
        startedMs: performance.timeOrigin + started,
        durationMs: performance.now() - started,
        attributes: { export: name, failed: 'error' in result },
      });
      if ('error' in result) throw new GuardBlocked(`Step \`${id}\` failed: ${result.error}`);
      scope.outputs.set(id, result.value);
      if (result.value !== null) item.output = textOf(result.value);
    },
  };
}
