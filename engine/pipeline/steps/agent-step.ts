/** Agents: models that call tools, ask each other and hand over, turn by turn, within bounds. */
import type { Json } from '../../api/index.ts';
import type { Message, ModelRequest, ModelSpec, Tool, ToolCall } from '../../providers/provider.ts';
import { type Effect, GuardBlocked, type Item, type Step } from '../compiled.ts';
import { type Fallback, withFallback } from '../fallback.ts';
import { requirePermitted } from '../sensitivity.ts';
import { textOf } from '../references.ts';
import { type Template, wholeInput } from '../template.ts';

export interface AgentTool {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: { [key: string]: Json };
  /** Why arguments are refused, in words a model can act on; null where they are right. */
  check(given: Json): string | null;
  /** Yields a ToolResult. */
  effect(given: Json): Effect;
}
export type ToolResult = { value: Json } | { error: string };
export interface Agent {
  name: string;
  candidate: string;
  spec: ModelSpec;
  fallback: Fallback | null;
  system: Template | null;
  tools: AgentTool[];
  handOff: { name: string; description: string }[];
  ask: { name: string; description: string }[];
}
export interface AgentRun {
  id: string;
  start: string;
  agents: ReadonlyMap<string, Agent>;
  prompt: Template | null;
  maxTurns: number;
  maxCostUsd: number | null;
  needs: string[];
}

const HAND_OFF = 'hand_off_to_';
const ASK = 'ask_';
/** Agents asked by agents: this deep at most. */
const DEEPEST = 3;

/** Its output: what the agent says when it calls nothing more. */
export function agentStep(run: AgentRun): Step {
  return {
    id: run.id,
    kind: 'agent',
    needs: run.needs,
    async run(item) {
      const spent = { turns: 0, costUsd: 0 };
      const asked = run.prompt ? run.prompt.render(item.scope) : wholeInput(item.example.input, true);
      const { text, agent } = await converse({ run, item, spent, depth: 0 }, run.start, asked);
      item.scope.outputs.set(run.id, text);
      item.output = text;
      item.signals.set(`${run.id}.turns`, spent.turns);
      item.context.span({
        step: item.prefix + run.id,
        kind: 'agent',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { turns: spent.turns, costUsd: spent.costUsd, answeredAs: agent },
      });
    },
    plan(reckoning) {
      const first = run.agents.get(run.start)!;
      const prompt = run.prompt
        ? run.prompt.render(reckoning.scope)
        : wholeInput(reckoning.example.input, true);
      const requests = [...run.agents.values()].map((agent) =>
        requestOf(agent, {
          system: agent.system?.render(reckoning.scope) ?? null,
          said: [
            { role: 'user', content: prompt },
            // What a conversation has grown to by its last turn.
            {
              role: 'assistant',
              content: 'x'.repeat(4 * run.maxTurns * (first.spec.maxOutputTokens ?? 1024)),
            },
          ],
          input: reckoning.example.input,
          example: reckoning.example.id,
        }),
      );
      reckoning.scope.outputs.set(run.id, 'x'.repeat(4 * (first.spec.maxOutputTokens ?? 1024)));
      return { times: run.maxTurns, plan: { oneOf: requests } };
    },
  };
}

interface Conversation {
  run: AgentRun;
  item: Item;
  /** Of all agents of the step together. */
  spent: { turns: number; costUsd: number };
  depth: number;
}

async function converse(
  conversation: Conversation,
  start: string,
  prompt: string,
): Promise<{ text: string; agent: string }> {
  const { run, item, spent } = conversation;
  const said: Message[] = [{ role: 'user', content: prompt }];
  let agent = run.agents.get(start)!;
  for (;;) {
    if (spent.turns >= run.maxTurns) {
      throw new GuardBlocked(`The agent of step \`${run.id}\` came to no answer in ${run.maxTurns} turns.`);
    }
    if (run.maxCostUsd !== null && spent.costUsd >= run.maxCostUsd) {
      throw new GuardBlocked(`The agent of step \`${run.id}\` has spent its ${run.maxCostUsd} USD.`);
    }
    const path = `${run.id}/${++spent.turns}-${agent.name}`;
    const system = agent.system?.render(item.scope) ?? null;
    const given = { system, said, input: item.example.input, example: item.example.id };
    const turn = agent;
    const started = performance.now();
    const { response, candidate } = await withFallback(
      item,
      agent.fallback,
      { candidate: agent.candidate, spec: agent.spec, path },
      {
        request: (spec) => requestOf(turn, given, spec),
        async attempt(candidate, at, request) {
          requirePermitted(item, candidate, request);
          return { candidate, response: await item.context.call(item.prefix + at, request) };
        },
      },
    );
    spent.costUsd += response.costUsd ?? 0;
    if (!item.answeredBy.includes(response.answeredBy)) item.answeredBy.push(response.answeredBy);
    item.context.span({
      step: item.prefix + path,
      kind: 'turn',
      startedMs: performance.timeOrigin + started,
      durationMs: performance.now() - started,
      attributes: {
        agent: agent.name,
        candidate,
        answeredBy: response.answeredBy,
        costUsd: response.costUsd,
        toolCalls: response.toolCalls.map(({ name }) => name),
        inputTokens: response.usage?.inputTokens ?? null,
        outputTokens: response.usage?.outputTokens ?? null,
      },
    });
    if (response.toolCalls.length === 0) return { text: response.text, agent: agent.name };
    said.push({ role: 'assistant', content: response.text, toolCalls: response.toolCalls });
    let next: Agent | null = null;
    for (const [index, call] of response.toolCalls.entries()) {
      const to = agent.handOff.find(({ name }) => call.name === HAND_OFF + name);
      // The first hand-over of a turn counts; every call gets an answer, or the provider refuses the next request.
      if (to !== undefined) next ??= run.agents.get(to.name)!;
      const content =
        to === undefined
          ? await answerTo(conversation, agent, call, `${item.prefix}${path}/${index}`)
          : `Over to ${to.name}.`;
      said.push({ role: 'tool', content, toolCallId: call.id });
    }
    if (next !== null) agent = next;
  }
}

/** What the model is told of its call. What went wrong with a tool is told too: it may try otherwise. */
async function answerTo(
  conversation: Conversation,
  agent: Agent,
  call: ToolCall,
  path: string,
): Promise<string> {
  const { item } = conversation;
  const asked = agent.ask.find(({ name }) => call.name === ASK + name);
  if (asked !== undefined) {
    if (conversation.depth >= DEEPEST) return `Error: agents ask each other ${DEEPEST} deep at most.`;
    const question = textOf((call.arguments as { question?: Json } | null)?.question);
    const { text } = await converse({ ...conversation, depth: conversation.depth + 1 }, asked.name, question);
    return text;
  }
  const tool = agent.tools.find(({ name }) => name === call.name);
  if (tool === undefined) return `Error: there is no tool ${call.name}.`;
  const wrong = tool.check(call.arguments);
  if (wrong !== null) return `Error: the arguments are wrong: ${wrong}.`;
  const started = performance.now();
  // Failures are results too: a resumed conversation takes the turn it took.
  const result = (await item.context.effect(
    `${path}-${tool.name}`,
    tool.effect(call.arguments),
  )) as ToolResult;
  item.context.span({
    step: `${path}-${tool.name}`,
    kind: 'tool',
    startedMs: performance.timeOrigin + started,
    durationMs: performance.now() - started,
    attributes: { tool: tool.name, arguments: call.arguments, failed: 'error' in result },
  });
  return 'error' in result ? `Error: ${result.error}` : textOf(result.value);
}

function requestOf(
  agent: Agent,
  given: { system: string | null; said: Message[]; input: { [key: string]: Json }; example: string },
  spec: ModelSpec = agent.spec,
): ModelRequest {
  const tools: Tool[] = [
    ...agent.tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    ...agent.handOff.map((to) => ({
      name: HAND_OFF + to.name,
      description: `Hand the whole conversation over to ${to.name}. ${to.description}`.trim(),
      parameters: { type: 'object', properties: {} },
    })),
    ...agent.ask.map((to) => ({
      name: ASK + to.name,
      description: `Ask ${to.name}, who sees nothing but the question. ${to.description}`.trim(),
      parameters: { type: 'object', properties: { question: { type: 'string' } }, required: ['question'] },
    })),
  ];
  return {
    spec,
    // A copy: the conversation goes on, what was sent stays what it was.
    messages: [
      ...(given.system === null ? [] : [{ role: 'system' as const, content: given.system }]),
      ...given.said,
    ],
    input: given.input,
    example: given.example,
    ...(tools.length === 0 ? {} : { tools }),
  };
}
