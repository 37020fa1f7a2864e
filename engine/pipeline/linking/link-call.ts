/** Another pipeline as one step. */
import { basename } from 'node:path';
import { stringify } from 'yaml';
import type { Json } from '../../api/index.ts';
import { readDocument, type Path } from '../document.ts';
import { readBeside } from '../files.ts';
import type { JsonMap } from '../parts.ts';
import type { CallPart, StepPart } from '../specification.ts';
import { callStep } from '../steps/call-step.ts';
import type { Template } from '../template.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linked, type Linking, stepsRead } from './linking.ts';

const DEEPEST = 5;

export function linkCall(linking: Linking, part: StepPart, call: CallPart): Linked | null {
  const { document } = linking;
  const at: Path = [...part.at, 'call'];
  const fields: [string, Template][] = [];
  let sound = true;
  for (const [field, source] of Object.entries(call.input ?? {})) {
    const linked = linkTemplate(linking, { text: source }, [...at, 'input', field], { step: part });
    if (linked) fields.push([field, linked.template]);
    else sound = false;
  }
  const named = call.pipeline;
  const file = typeof named === 'string' ? named : `${document.file}#${part.id}`;
  if (linking.callers.length >= DEEPEST || linking.callers.includes(file)) {
    document.report(
      [...at, 'pipeline'],
      linking.callers.includes(file)
        ? `\`${file}\` calls itself.`
        : `Pipelines call each other ${DEEPEST + 1} deep.`,
      'A called pipeline may call others, not its callers; use a `loop` to repeat steps.',
    );
    return null;
  }
  let text = '';
  if (typeof named === 'string') {
    const read = readBeside(linking.baseFolder, named);
    if ('message' in read) {
      document.report([...at, 'pipeline'], read.message, read.hint);
      return null;
    }
    ({ text } = read);
  } else text = stringify(named);
  const inner = readDocument(text, typeof named === 'string' ? basename(named) : file);
  const linked =
    inner.problems.length > 0
      ? null
      : linking.linkCalled(inner, {
          baseFolder: linking.baseFolder,
          registry: linking.registry,
          dataset:
            call.input === undefined
              ? linking.dataset
              : { inputFields: Object.keys(call.input), tagFields: [] },
          callers: [...linking.callers, file],
        });
  document.problems.push(...inner.problems);
  if (!linked || !sound || inner.problems.length > 0) return null;
  if (linked.arms) {
    document.report(
      [...at, 'pipeline'],
      `The called pipeline routes by candidate in step \`${linked.arms.step}\`.`,
      'Give that step a `model`, or route by rules or policy: only the calling pipeline has arms.',
    );
    return null;
  }
  for (const [name, spec] of linked.used) linking.shared.used.set(`${part.id}/${name}`, spec);
  linking.shared.codeSteps.push(...linked.codeSteps.map((id) => `${part.id}/${id}`));
  linking.shared.preparing.push(...linked.preparing);
  const resolved: JsonMap = { pipeline: linked.resolved };
  if (call.input !== undefined) resolved['input'] = asJson(call.input) satisfies Json;
  return {
    step: callStep({
      id: part.id,
      input: call.input === undefined ? null : fields,
      pipeline: linked,
      needs: stepsRead(...fields.map(([, template]) => template)),
    }),
    resolved: { id: part.id, call: resolved },
  };
}
