/** Tools and agents of a pipeline, and the steps that set agents to work. */
import { Ajv } from 'ajv';
import type { Json } from '../../api/index.ts';
import { nearNamesHint } from '../../text/index.ts';
import type { Path } from '../document.ts';
import { isJsonMap, type JsonMap, readPart } from '../parts.ts';
import { type AgentPart, AgentsPart, type StepPart, ToolsPart } from '../specification.ts';
import { type Agent, agentStep, type AgentTool } from '../steps/agent-step.ts';
import { type CodeWorker, openCodeWorker } from '../steps/code-worker.ts';
import { searchEffect } from '../steps/retrieve-step.ts';
import { moduleText } from './link-code.ts';
import { linkDocuments } from './link-documents.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, linkCandidate, linkFallback, type Linked, type Linking, stepsRead } from './linking.ts';

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });

export function linkTools(
  linking: Linking,
  value: Json | undefined,
): { tools: Map<string, AgentTool>; resolved: JsonMap } {
  const tools = new Map<string, AgentTool>();
  const resolved: JsonMap = {};
  if (value === undefined) return { tools, resolved };
  const part = readPart(linking.document, ToolsPart, value, ['tools']) ?? {};
  for (const [name, tool] of Object.entries(part)) {
    const at: Path = ['tools', name];
    if ('retrieve' in tool) {
      const { description, retrieve } = tool;
      const documents = linkDocuments(linking, retrieve.from, [...at, 'retrieve', 'from']);
      if (!documents) continue;
      const parameters = { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] };
      resolved[name] = asJson(tool);
      linking.shared.preparing.push((signal) => documents.index(retrieve.by, signal));
      tools.set(name, {
        name,
        description,
        parameters,
        check: checkOf(parameters),
        effect(given) {
          // Checked to be a text.
          const { query } = given as { query: string };
          const search = searchEffect({ documents, k: retrieve.k, by: retrieve.by }, query);
          return { ...search, run: async (signal) => ({ value: await search.run(signal) }) };
        },
      });
      continue;
    }
    const { description, parameters, timeoutMs } = tool;
    const source = moduleText(
      linking,
      typeof tool.code === 'string' ? { file: tool.code } : { text: tool.code.text },
      [...at, 'code'],
    );
    let check: AgentTool['check'];
    try {
      check = checkOf(parameters);
    } catch (error) {
      linking.document.report(
        [...at, 'parameters'],
        `The parameters are no JSON Schema: ${(error as Error).message}.`,
        'Write e.g. `{ type: object, properties: { city: { type: string } }, required: [city] }`.',
      );
      continue;
    }
    if (source === null) continue;
    linking.shared.codeSteps.push(name);
    resolved[name] = asJson({ ...tool, code: { text: source } });
    let worker: CodeWorker | null = null;
    tools.set(name, {
      name,
      description,
      parameters,
      check,
      effect: (given) => ({
        name: `tool/${name}`,
        request: given,
        timeoutMs: timeoutMs + 1000,
        async run(signal) {
          worker ??= openCodeWorker(source, tool.export);
          return worker.call(isJsonMap(given) ? given : { value: given }, timeoutMs, signal);
        },
      }),
    });
  }
  return { tools, resolved };
}

/** Throws ajv's error where the schema itself is wrong. */
function checkOf(parameters: JsonMap): AgentTool['check'] {
  const validate = ajv.compile(parameters);
  ajv.removeSchema(parameters);
  return (given) =>
    validate(given) ? null : ajv.errorsText(validate.errors?.slice(0, 3), { dataVar: 'arguments' });
}

export function linkAgents(
  linking: Linking,
  value: Json | undefined,
): { agents: Map<string, Agent>; resolved: JsonMap } {
  const agents = new Map<string, Agent>();
  const resolved: JsonMap = {};
  if (value === undefined) return { agents, resolved };
  const part = readPart(linking.document, AgentsPart, value, ['agents']) ?? {};
  for (const [name, agent] of Object.entries(part)) {
    const at: Path = ['agents', name];
    const candidate = agent.model ?? [...linking.declared.keys()][0];
    if (agent.model === undefined && linking.declared.size !== 1) {
      linking.document.report(
        at,
        `Agent \`${name}\` does not say which candidate it is.`,
        'Add `model: NAME`.',
      );
      continue;
    }
    const spec = candidate === undefined ? null : linkCandidate(linking, candidate, [...at, 'model']);
    const linked = linkFallback(linking, agent.fallback, [...at, 'fallback']);
    const system = agent.system === undefined ? null : linkTemplate(linking, agent.system, [...at, 'system']);
    const tools = agent.tools.flatMap((tool, index) => {
      const found = linking.tools.get(tool);
      if (!found) reportUnknown(linking, [...at, 'tools', index], tool, [...linking.tools.keys()], 'tool');
      return found ?? [];
    });
    const others = (key: 'handOff' | 'ask'): Agent['ask'] =>
      agent[key].map((other, index) => {
        const known = part[other];
        if (!known) reportUnknown(linking, [...at, key, index], other, Object.keys(part), 'agent');
        return { name: other, description: known?.description ?? '' };
      });
    const handOff = others('handOff');
    const ask = others('ask');
    if (!spec || !linked || candidate === undefined || (agent.system !== undefined && !system)) continue;
    agents.set(name, {
      name,
      candidate,
      spec,
      fallback: linked.fallback,
      system: system?.template ?? null,
      tools,
      handOff,
      ask,
    });
    resolved[name] = asJson({
      ...agent,
      model: candidate,
      ...(system ? { system: { text: system.text } } : {}),
    });
  }
  return { agents, resolved };
}

function reportUnknown(
  linking: Linking,
  path: Path,
  name: string,
  known: string[],
  noun: 'tool' | 'agent',
): void {
  linking.document.report(path, `There is no ${noun} \`${name}\`.`, nearNamesHint(name, known, noun));
}

export function linkAgent(linking: Linking, part: StepPart, agent: AgentPart): Linked | null {
  const at: Path = [...part.at, 'agent'];
  const prompt =
    agent.prompt === undefined
      ? null
      : linkTemplate(linking, agent.prompt, [...at, 'prompt'], { step: part });
  if (!linking.agents.has(agent.start)) {
    reportUnknown(linking, [...at, 'start'], agent.start, [...linking.agents.keys()], 'agent');
    return null;
  }
  if (agent.prompt !== undefined && !prompt) return null;
  const systems = [...linking.agents.values()].map(({ system }) => system);
  return {
    step: agentStep({
      id: part.id,
      start: agent.start,
      agents: linking.agents,
      prompt: prompt?.template ?? null,
      maxTurns: agent.maxTurns,
      maxCostUsd: agent.maxCostUsd ?? null,
      needs: stepsRead(prompt?.template, ...systems),
    }),
    resolved: {
      id: part.id,
      agent: asJson({ ...agent, ...(prompt ? { prompt: { text: prompt.text } } : {}) }),
    },
  };
}
