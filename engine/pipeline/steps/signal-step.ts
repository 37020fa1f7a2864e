import type { Step } from '../compiled.ts';
import { recognise } from '../recognisers.ts';
import type { SignalPart } from '../specification.ts';
import { type Template, wholeInput } from '../template.ts';

/** A figure or label from the input, known before any call: its output, and a signal of the step's name. */
export function signalStep(id: string, part: SignalPart, of: Template | null, needs: string[]): Step {
  const measure = measureOf(part);
  return {
    id,
    kind: 'signal',
    needs,
    run(item) {
      const started = performance.now();
      const value = measure(of ? of.render(item.scope) : wholeInput(item.example.input, false));
      item.scope.outputs.set(id, value);
      item.signals.set(id, value);
      item.context.span({
        step: item.prefix + id,
        kind: 'signal',
        startedMs: performance.timeOrigin + started,
        durationMs: performance.now() - started,
        attributes: { signal: part.kind, value },
      });
    },
  };
}

function measureOf(part: SignalPart): (text: string) => number | string {
  switch (part.kind) {
    case 'length':
      return part.unit === 'chars' ? (text) => text.length : (text) => text.match(/\S+/g)?.length ?? 0;
    case 'pii':
      return (text) => recognise(text, part.detect);
  }
}
