/** The YAML of a pipeline, as zod sees it. What refers to what is checked in compile.ts. */
import { z } from 'zod';
import { failureClasses } from '../api/index.ts';
import { LONGEST_TIMEOUT_MS } from '../providers/provider.ts';

const name = z.string().min(1).max(200);
const jsonObject = z.record(z.string(), z.json());
/** An inline text, or a file beside the pipeline: `prompts/x.md` (a path with .md, .txt or .prompt) or `{file: …}`. */
export const TextSource = z.union([
  z.string().min(1),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ text: z.string().min(1) }),
]);
export type TextSource = z.infer<typeof TextSource>;

export const recogniserNames = ['email', 'phone', 'card', 'iban', 'ip', 'api-key', 'national-id'] as const;
export const SignalPart = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('length'),
    /** A template; all input fields joined by line breaks when absent. */
    of: z.string().min(1).optional(),
    unit: z.enum(['chars', 'words']).default('chars'),
  }),
  z.strictObject({
    kind: z.literal('pii'),
    of: z.string().min(1).optional(),
    detect: z
      .array(z.enum(recogniserNames))
      .min(1)
      .default([...recogniserNames]),
  }),
]);
export const RoutePart = z.strictObject({
  by: z.enum(['candidate', 'rules', 'policy']),
  candidates: z.array(name).min(1).optional(),
  rules: z
    .array(z.strictObject({ when: z.string().min(1).optional(), use: name }))
    .min(1)
    .optional(),
  policy: z.union([z.string().min(1), jsonObject]).optional(),
});
/** Who is asked when a call has failed for good: whatever the failure, or `on` some classes only. */
export const FallbackPart = z.union([
  z.array(name).min(1).max(10),
  z.strictObject({
    to: z.array(name).min(1).max(10),
    on: z.array(z.enum(failureClasses)).min(1),
  }),
]);
export const GeneratePart = z.strictObject({
  /** The input fields as they are when absent. */
  prompt: TextSource.optional(),
  system: TextSource.optional(),
  model: name.optional(),
  fallback: FallbackPart.optional(),
  /** JSON Schema of the answer. */
  output: jsonObject.optional(),
  logprobs: z.boolean().default(false),
});
export const GuardPart = z.strictObject({
  /** The generate step whose answer is checked; the latest one when absent. */
  of: name.optional(),
  schema: z.union([z.literal(true), jsonObject]).optional(),
  pattern: z.string().min(1).optional(),
  maxLength: z.number().int().min(1).optional(),
  onFail: z.enum(['block', 'escalate', 'retry']).default('block'),
  retries: z.number().int().min(1).max(5).default(1),
});

/** Steps inside a step: read one by one, as those of the file are. */
export const NestedSteps = z.array(z.json()).min(1);
const condition = z.string().min(1).max(2000);

export const ParallelPart = z.strictObject({
  /** By name of the branch; all run at once. */
  branches: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/), NestedSteps),
  /** How many branches must succeed; all when absent. */
  atLeast: z.number().int().min(1).optional(),
});
export const MapPart = z.strictObject({
  /** One slot that yields a list: `{{input.documents}}`. */
  over: z.string().min(1),
  steps: NestedSteps,
  maxItems: z.number().int().min(1).max(10_000).default(100),
  concurrency: z.number().int().min(1).max(64).default(8),
});
export const LoopPart = z.strictObject({
  steps: NestedSteps,
  /** Read after each round. */
  until: condition.optional(),
  max: z.number().int().min(1).max(100),
});
export const BranchPart = z
  .array(z.strictObject({ when: condition.optional(), steps: z.array(z.json()) }))
  .min(1);
/** Templates by the name of the state they are put into; one slot alone keeps its kind of value. */
export const SetPart = z.record(z.string(), z.json());
export const ScorePart = z.strictObject({
  /** The step whose output is measured; the latest answer when absent. */
  of: name.optional(),
  /** The truth, as a template that may also read `{{expected}}` and `{{tags.NAME}}`; the expected answer when absent. */
  expected: z.string().min(1).optional(),
  /** As a dataset's scorer: the name of one without settings, or a map with `kind` and its settings. */
  scorer: z.union([z.string().min(1), jsonObject]).default('exact'),
});
export const CallPart = z.strictObject({
  pipeline: z.union([z.string().min(1), jsonObject]),
  /** Templates by input field of the called pipeline; all of this one's fields when absent. */
  input: z.record(z.string(), z.string()).optional(),
});
export const CodePart = z.union([
  z.string().min(1),
  z.strictObject({
    file: z.string().min(1).optional(),
    text: z.string().min(1).optional(),
    export: name.default('default'),
    timeoutMs: z.number().int().min(1).max(600_000).default(10_000),
  }),
]);
export const ReviewPart = z.strictObject({
  when: condition.optional(),
  /** The step whose output is looked at; the latest answer when absent. */
  of: name.optional(),
  question: z.string().min(1).optional(),
  options: z.array(z.string().min(1)).min(2).max(20).optional(),
});
/** Documents beside the pipeline, by name: what `retrieve` steps and tools search. */
export const DocumentsPart = z.record(
  z.string(),
  z.strictObject({
    /** Below the pipeline's folder. */
    folder: z.string().min(1),
    /** Most words a passage. */
    words: z.number().int().min(20).max(2000).default(150),
    /** Words that the next passage repeats. */
    overlap: z.number().int().min(0).max(1000).default(30),
    /** What the documents were when a run began: made by the compiler, and checked by it. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
);
const searching = {
  from: name,
  k: z.number().int().min(1).max(100).default(5),
  by: z.enum(['words', 'vectors', 'both']).default('words'),
};
export const RetrievePart = z.strictObject({ ...searching, query: z.string().min(1) });

const toolName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
/** What agents may call, by name. */
export const ToolsPart = z.record(
  toolName,
  z.union([
    z.strictObject({
      description: z.string().min(1),
      /** JSON Schema of the arguments. */
      parameters: jsonObject,
      code: z.union([z.string().min(1), z.strictObject({ text: z.string().min(1) })]),
      export: name.default('default'),
      timeoutMs: z.number().int().min(1).max(600_000).default(10_000),
    }),
    z.strictObject({ description: z.string().min(1), retrieve: z.strictObject(searching) }),
  ]),
);
export const AgentsPart = z.record(
  toolName,
  z.strictObject({
    /** For the agents that may hand over to it or ask it. */
    description: z.string().min(1).optional(),
    model: name.optional(),
    fallback: FallbackPart.optional(),
    system: TextSource.optional(),
    tools: z.array(toolName).default([]),
    /** Agents that take over for good, with the conversation so far. */
    handOff: z.array(toolName).default([]),
    /** Agents it can ask: they see the question alone and answer it. */
    ask: z.array(toolName).default([]),
  }),
);
export const AgentPart = z.strictObject({
  /** The agent that begins. */
  start: toolName,
  /** The input fields as they are when absent. */
  prompt: TextSource.optional(),
  /** Answers of models, all agents together. */
  maxTurns: z.number().int().min(1).max(100).default(10),
  maxCostUsd: z.number().positive().optional(),
});
export type DocumentsPart = z.infer<typeof DocumentsPart>;
export type RetrievePart = z.infer<typeof RetrievePart>;
export type ToolsPart = z.infer<typeof ToolsPart>;
export type AgentsPart = z.infer<typeof AgentsPart>;
export type AgentPart = z.infer<typeof AgentPart>;

/** Rankings against the ids that matter, and how much of an answer stands in what was found. */
export const RankingScorer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('recall'), k: z.number().int().min(1).max(100).default(5) }),
  z.strictObject({ kind: z.literal('mrr') }),
  z.strictObject({ kind: z.literal('ndcg'), k: z.number().int().min(1).max(100).default(5) }),
  z.strictObject({ kind: z.literal('grounding'), in: name }),
]);
export type RankingScorer = z.infer<typeof RankingScorer>;

export const reducerNames = ['replace', 'append', 'sum', 'max', 'min', 'union'] as const;
export const StatePart = z.record(
  z.string(),
  z.strictObject({
    reducer: z.enum(reducerNames).default('replace'),
    initial: z.json().optional(),
  }),
);
export const SensitivityPart = z.strictObject({
  detect: z
    .array(z.enum(recogniserNames))
    .min(1)
    .default([...recogniserNames]),
  /** Candidates that may see such a request; no other ever does. */
  allow: z.array(name),
});
export type ParallelPart = z.infer<typeof ParallelPart>;
export type MapPart = z.infer<typeof MapPart>;
export type LoopPart = z.infer<typeof LoopPart>;
export type BranchPart = z.infer<typeof BranchPart>;
export type SetPart = z.infer<typeof SetPart>;
export type ScorePart = z.infer<typeof ScorePart>;
export type CallPart = z.infer<typeof CallPart>;
export type CodePart = z.infer<typeof CodePart>;
export type ReviewPart = z.infer<typeof ReviewPart>;
export type StatePart = z.infer<typeof StatePart>;
export type SensitivityPart = z.infer<typeof SensitivityPart>;

const isVariable = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A pipeline file may come from somebody else: what else the environment holds is none of its business. */
const isProviderKey = /^(?!AWS_|GITHUB_|GH_|NPM_|SSH_)(?!.*(SECRET|PASSW|PRIVATE)).*(KEY|TOKEN)$/i;
const pricePart = z.number().min(0).optional();
export const CandidatePart = z.strictObject({
  provider: name,
  model: name,
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  keyVariable: z
    .string()
    .regex(isVariable, 'must be the name of an environment variable, not the key itself')
    .refine((variable) => !isVariable.test(variable) || isProviderKey.test(variable), {
      error: 'must name the key of a model provider, such as MY_GATEWAY_API_KEY: other secrets are not sent',
    })
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  maxOutputTokens: z.number().int().min(1).optional(),
  timeoutMs: z.number().int().min(1).max(LONGEST_TIMEOUT_MS).optional(),
  parameters: jsonObject.default({}),
  price: z
    .strictObject({
      inputPerMTok: pricePart,
      outputPerMTok: pricePart,
      cachedInputPerMTok: pricePart,
      cacheWritePerMTok: pricePart,
      perCallUsd: pricePart,
      nominal: z.boolean().default(false),
    })
    .optional(),
});
export type CandidatePart = z.infer<typeof CandidatePart>;

export type SignalPart = z.infer<typeof SignalPart>;
export type RoutePart = z.infer<typeof RoutePart>;
export type FallbackPart = z.infer<typeof FallbackPart>;
export type GeneratePart = z.infer<typeof GeneratePart>;
export type GuardPart = z.infer<typeof GuardPart>;

/** What a step may do: one of these keys makes its kind. */
export const stepParts = {
  signal: SignalPart,
  generate: GeneratePart,
  guard: GuardPart,
  retrieve: RetrievePart,
  agent: AgentPart,
  parallel: ParallelPart,
  map: MapPart,
  loop: LoopPart,
  branch: BranchPart,
  set: SetPart,
  score: ScorePart,
  call: CallPart,
  code: CodePart,
  review: ReviewPart,
} as const;
export type StepKind = keyof typeof stepParts;
export const stepKinds = Object.keys(stepParts) as StepKind[];

export type StepPart = {
  id: string;
  /** The kind it set out to be, also where that part cannot be read. */
  intended: StepKind | null;
  /** Its place in the file. */
  at: (string | number)[];
  route?: RoutePart;
  /** The steps it holds, by their place inside it. */
  inner: Map<string, StepPart[]>;
} & { [K in StepKind]?: z.infer<(typeof stepParts)[K]> };

export const rootKeys = [
  'pipeline',
  'version',
  'description',
  'candidates',
  'state',
  'sensitivity',
  'documents',
  'tools',
  'agents',
  'steps',
  'output',
];
export const stepKeys = ['id', 'route', ...stepKinds];
export const identifier = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
