/** The YAML of a pipeline, as zod sees it. What refers to what is checked in compile.ts. */
import { z } from 'zod';
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
export const GeneratePart = z.strictObject({
  /** The input fields as they are when absent. */
  prompt: TextSource.optional(),
  system: TextSource.optional(),
  model: name.optional(),
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
export type GeneratePart = z.infer<typeof GeneratePart>;
export type GuardPart = z.infer<typeof GuardPart>;
/** One of signal, generate (with or without route) and guard makes a step's kind. */
export interface StepPart {
  id: string;
  /** The kind it set out to be, also where that part cannot be read. */
  intended: 'signal' | 'generate' | 'guard' | null;
  /** Position in the file's list. */
  index: number;
  signal?: SignalPart;
  route?: RoutePart;
  generate?: GeneratePart;
  guard?: GuardPart;
}

export const rootKeys = ['pipeline', 'version', 'description', 'candidates', 'steps'];
export const stepKeys = ['id', 'signal', 'route', 'generate', 'guard'];
export const identifier = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
