/** The steps of a pipeline, drawn as text or for tools that draw. */
import type { PipelineChecked, PipelineStep } from '../../engine/api/index.ts';

export const graphFormats = ['text', 'mermaid', 'dot'] as const;
export type GraphFormat = (typeof graphFormats)[number];

export function graphText(
  { name, steps }: Pick<PipelineChecked, 'name' | 'steps'>,
  format: GraphFormat,
): string {
  switch (format) {
    case 'text':
      return tree(steps, '').join('\n');
    case 'mermaid':
      return [
        'flowchart TD',
        ...mermaid(steps, '  '),
        ...edges(steps).map(([a, b]) => `  ${a} --> ${b}`),
      ].join('\n');
    case 'dot':
      return [
        `digraph ${quoted(name ?? 'pipeline')} {`,
        '  node [shape=box]',
        ...dot(steps, '  '),
        ...edges(steps).map(([a, b]) => `  ${quoted(a)} -> ${quoted(b)}`),
        '}',
      ].join('\n');
  }
}

function tree(steps: readonly PipelineStep[], indent: string): string[] {
  return steps.flatMap((step) => [
    `${indent}${step.id}  ${step.kind}${step.needs.length === 0 ? '' : `  reads ${step.needs.join(', ')}`}`,
    ...(step.inner ?? []).flatMap((inner) =>
      inner.name === null
        ? tree(inner.steps, `${indent}  `)
        : [`${indent}  ${inner.name}:`, ...tree(inner.steps, `${indent}    `)],
    ),
  ]);
}

function mermaid(steps: readonly PipelineStep[], indent: string): string[] {
  return steps.flatMap((step) =>
    step.inner === undefined
      ? [`${indent}${step.id}["${step.id}: ${step.kind}"]`]
      : [
          `${indent}subgraph ${step.id}["${step.id}: ${step.kind}"]`,
          ...step.inner.flatMap((inner) => mermaid(inner.steps, `${indent}  `)),
          `${indent}end`,
        ],
  );
}

function dot(steps: readonly PipelineStep[], indent: string): string[] {
  return steps.flatMap((step) => [
    `${indent}${quoted(step.id)} [label=${quoted(`${step.id}: ${step.kind}`)}]`,
    ...(step.inner ?? []).flatMap((inner) => [
      `${indent}subgraph ${quoted(`cluster ${step.id} ${inner.name ?? ''}`)} {`,
      `${indent}  label=${quoted(inner.name ?? step.id)}`,
      ...dot(inner.steps, `${indent}  `),
      `${indent}}`,
    ]),
  ]);
}

/** From what is read to who reads it. */
function edges(steps: readonly PipelineStep[]): [string, string][] {
  return steps.flatMap((step) => [
    ...step.needs.map((need): [string, string] => [need, step.id]),
    ...(step.inner ?? []).flatMap((inner) => edges(inner.steps)),
  ]);
}

const quoted = (text: string): string => JSON.stringify(text);
