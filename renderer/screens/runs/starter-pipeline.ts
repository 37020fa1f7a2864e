/** A pipeline to start from: two local models where the engine has them (no key needed), else two of OpenAI. */
import type { ModelInfo } from '../../../engine/api/index.ts';

type Choice = Pick<ModelInfo, 'provider' | 'model'>;
const elsewhere: Choice[] = [
  { provider: 'openai', model: 'gpt-4.1-nano' },
  { provider: 'openai', model: 'gpt-4.1' },
];

/** A plain word as it is, anything else as a JSON string, which YAML reads the same. */
const scalar = (text: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) ? text : JSON.stringify(text);

export function starterPipeline(fields: string[], models: Choice[]): string {
  const local = models.filter((model) => model.provider === 'local').slice(0, 3);
  const chosen = local.length >= 2 ? local : elsewhere;
  // Local models read the input fields as they are.
  const prompt = fields.map((field) => `{{input.${field}}}`).join('\\n');
  const generate = chosen === local ? '{}' : `{ prompt: "${prompt.replaceAll('"', '\\"')}" }`;
  const names = chosen.map((_, index) =>
    chosen === local
      ? scalar(chosen[index]?.model ?? '')
      : (['small', 'large'][index] ?? `candidate-${index}`),
  );
  return `pipeline: first-run
version: 1
candidates:
${chosen.map((model, index) => `  ${names[index]}: { provider: ${scalar(model.provider)}, model: ${scalar(model.model)} }`).join('\n')}
steps:
  - id: answer
    route: { by: candidate, candidates: [${names.join(', ')}] }
    generate: ${generate}
`;
}
