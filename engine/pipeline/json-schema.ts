import { z } from 'zod';
import {
  AgentPart,
  AgentsPart,
  BranchPart,
  CallPart,
  CandidatePart,
  CodePart,
  DocumentsPart,
  GeneratePart,
  GuardPart,
  identifier,
  LoopPart,
  MapPart,
  ParallelPart,
  RetrievePart,
  ReviewPart,
  RoutePart,
  ScorePart,
  SensitivityPart,
  SetPart,
  SignalPart,
  StatePart,
  ToolsPart,
} from './specification.ts';

/** The same parts as the compiler reads, with the steps inside steps spelt out. */
const Step = z.strictObject({
  id: z.string().regex(identifier),
  route: RoutePart.optional(),
  signal: SignalPart.optional(),
  generate: GeneratePart.optional(),
  guard: GuardPart.optional(),
  retrieve: RetrievePart.optional(),
  agent: AgentPart.optional(),
  get parallel() {
    return z
      .strictObject({ ...ParallelPart.shape, branches: z.record(z.string(), z.array(Step).min(1)) })
      .optional();
  },
  get map() {
    return z.strictObject({ ...MapPart.shape, steps: z.array(Step).min(1) }).optional();
  },
  get loop() {
    return z.strictObject({ ...LoopPart.shape, steps: z.array(Step).min(1) }).optional();
  },
  get branch() {
    return z
      .array(z.strictObject({ ...BranchPart.element.shape, steps: z.array(Step) }))
      .min(1)
      .optional();
  },
  set: SetPart.optional(),
  score: ScorePart.optional(),
  call: CallPart.optional(),
  code: CodePart.optional(),
  review: ReviewPart.optional(),
});
const Pipeline = z.strictObject({
  pipeline: z.string().min(1).max(200),
  version: z.literal(1).optional(),
  description: z.string().optional(),
  candidates: z
    .union([z.array(z.string()), z.record(z.string(), z.union([z.string(), CandidatePart]))])
    .optional(),
  state: StatePart.optional(),
  sensitivity: SensitivityPart.optional(),
  documents: DocumentsPart.optional(),
  tools: ToolsPart.optional(),
  agents: AgentsPart.optional(),
  steps: z.array(Step).min(1),
  output: z.string().min(1).optional(),
});

/**
 * JSON Schema 2020-12 of a pipeline file, for completion in editors: docs/pipeline.schema.json is this, as text. What
 * refers to what (steps, candidates, columns) only `pipeline check` knows.
 */
export const pipelineJsonSchema = (): object => ({
  title: 'Kneepoint pipeline',
  ...z.toJSONSchema(Pipeline, { io: 'input' }),
});
