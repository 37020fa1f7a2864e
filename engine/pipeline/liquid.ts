/** Templates with tags and filters: Liquid (liquidjs), closed to files and to whatever is not an own property. */
import { Liquid, LiquidError } from 'liquidjs';
import type { Json } from '../api/index.ts';
import { nearNamesHint } from '../text/index.ts';
import { jsonIn, parseReference, type Reference, type TemplateScope, textOf } from './references.ts';
import type { Template, TemplateProblem } from './template.ts';

/** Far above any prompt, far below what would stall a run. */
const RENDERED_TAGS = 1e6;
const CREATED_VALUES = 1e7;

const liquid = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  // No folder: `include`, `render` and `layout` find nothing.
  templates: {},
  renderLimit: RENDERED_TAGS,
  memoryLimit: CREATED_VALUES,
  outputEscape: (value: unknown) => textOf(plain(value)),
});
const roots = ['input', 'steps', 'state', 'item', 'index', 'tags', 'expected'];

export const isLiquid = (text: string): boolean => /\{%|\{\{[^{}]*\|/.test(text);

export function compileLiquid(text: string): { template: Template; problems: TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const references: Reference[] = [];
  const none = { references, whole: () => undefined, render: () => '' };
  let parsed: ReturnType<typeof liquid.parse>;
  try {
    parsed = liquid.parse(text);
  } catch (thrown) {
    if (!LiquidError.is(thrown)) throw thrown;
    // liquidjs appends file and place to its message, which the problem says itself.
    const message = `This is not a Liquid template: ${thrown.message.split(', line:')[0]}.`;
    const offset = thrown.token.begin;
    return {
      template: none,
      problems: [{ offset, message, hint: 'See shopify.github.io/liquid for its tags.' }],
    };
  }
  const lines = text.split('\n');
  for (const variables of Object.values(liquid.analyzeSync(parsed, { partials: false }).globals)) {
    for (const { segments, location } of variables) {
      // Segments that are variables themselves (`input[field]`) are known only when the template is rendered.
      const fixed = segments.findIndex((part) => typeof part === 'object');
      const path = (fixed < 0 ? segments : segments.slice(0, fixed)).join('.');
      const reference = parseReference(path);
      if (reference !== null) references.push(reference);
      else if (!(fixed > 0 && roots.includes(path.split('.')[0]!))) {
        const before = lines.slice(0, location.row - 1).join('\n').length;
        problems.push({
          offset: Math.max(0, before + (location.row > 1 ? 1 : 0) + location.col - 1),
          message: `\`${path}\` is no reference.`,
          hint: roots.includes(path)
            ? `Name what of it: \`${path}.NAME\`.`
            : nearNamesHint(path.split('.')[0]!, roots, 'name'),
        });
      }
    }
  }
  const deep = new Set(
    references.flatMap((one) => (one.kind === 'step' && one.path !== null ? [one.step] : [])),
  );
  return {
    problems,
    template: {
      references,
      whole: () => undefined,
      render: (scope) => String(liquid.renderSync(parsed, contextOf(scope, deep))),
    },
  };
}

/** Answers are texts; those the template looks into are given as the JSON they hold. */
function contextOf(scope: TemplateScope, deep: ReadonlySet<string>): object {
  const steps = [...scope.outputs].map(([id, value]): [string, { output: Json }] => [
    id,
    { output: typeof value === 'string' && deep.has(id) ? (jsonIn(value) ?? value) : value },
  ]);
  return {
    input: scope.input,
    steps: Object.fromEntries(steps),
    state: Object.fromEntries(scope.state),
    ...(scope.item === undefined ? {} : { item: scope.item }),
    ...(scope.index === undefined ? {} : { index: scope.index }),
    ...scope.truth,
  };
}

/** What a filter made may be more than JSON: a date, a Drop. */
function plain(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.parse(JSON.stringify(value) ?? 'null') as Json;
}
