/** The desktop's keychain. A page can name, store and forget keys; it can never read one. */
import { z } from 'zod';
import { type ErrorCode, WorkbenchError, errorCodes } from '../../engine/api/index.ts';

declare global {
  interface Window {
    /** Set by the desktop's preload script only. */
    kneepoint?: { keys(input: KeyRequest): Promise<unknown> };
  }
}
export type KeyRequest =
  | { act: 'list' }
  | { act: 'set'; variable: string; value: string }
  | { act: 'clear'; variable: string };

export const hasKeychain = (): boolean => window.kneepoint !== undefined;

const Answer = z.union([
  z.object({ ok: z.literal(true), stored: z.array(z.string()) }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
  }),
]);

/** Names of the keys it holds afterwards. Throws WorkbenchError. */
export async function askKeychain(input: KeyRequest): Promise<string[]> {
  if (window.kneepoint === undefined)
    throw new WorkbenchError('unsupported', 'Only the desktop app keeps keys.', {
      hint: 'Set the variable in the environment that `kneepoint serve` starts in.',
    });
  const answer = Answer.parse(await window.kneepoint.keys(input));
  if (answer.ok) return answer.stored;
  const { code, message, hint } = answer.error;
  throw new WorkbenchError(isCode(code) ? code : 'bug', message, hint === undefined ? {} : { hint });
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);
