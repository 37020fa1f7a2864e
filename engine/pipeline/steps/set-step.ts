import type { Json } from '../../api/index.ts';
import type { Step } from '../compiled.ts';
import { write } from '../state.ts';
import type { Template } from '../template.ts';

export type Setting = { key: string } & ({ template: Template } | { value: Json });

/** Puts values into the state, each through its key's reducer; one slot alone keeps its kind of value. Its output: what was put. */
export function setStep(id: string, settings: Setting[], needs: string[]): Step {
  return {
    id,
    kind: 'set',
    needs,
    run(item) {
      // All are read before one is written.
      const values = settings.map((setting): [string, Json] => [
        setting.key,
        'value' in setting
          ? setting.value
          : (setting.template.whole(item.scope) ?? setting.template.render(item.scope)),
      ]);
      for (const [key, value] of values) write(item, key, value);
      item.scope.outputs.set(id, Object.fromEntries(values));
    },
  };
}
