/** Errors over comlink: its own handler keeps name, message and stack; ours keeps code, kind, hint and details. */
import { transferHandlers } from 'comlink';
import { z } from 'zod';
import { type ErrorBody, errorCodes, WorkbenchError, toWorkbenchError } from '../api/index.ts';

const THROW = 'throw';

const Body = z.object({
  code: z.enum(Object.keys(errorCodes) as [keyof typeof errorCodes]),
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  retryable: z.boolean(),
});

/** The wire form of a failure, as comlink's handler named `throw` reads it. */
export const thrownValue = (error: WorkbenchError) => ({
  type: 'HANDLER' as const,
  name: THROW,
  value: error.toBody(),
});

export function readThrown(value: unknown): WorkbenchError {
  const body = Body.safeParse(value);
  if (!body.success)
    return new WorkbenchError('bug', 'The engine answered with a failure that says nothing.');
  const { code, message, hint, details, retryable } = body.data;
  return new WorkbenchError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
    retryable,
  });
}

const stock = transferHandlers.get(THROW);

/** Replaces comlink's handler for the process, once, at the first connection made. */
export function carryErrors(): void {
  if (stock === undefined || transferHandlers.get(THROW) !== stock) return;
  transferHandlers.set(THROW, {
    canHandle: stock.canHandle,
    // No stack: it names folders of this machine. comlink hands over `{ value: what was thrown }`.
    serialize: (thrown: unknown): [ErrorBody, Transferable[]] => [
      toWorkbenchError((thrown as { value: unknown }).value).toBody(),
      [],
    ],
    deserialize: (value: unknown): never => {
      throw readThrown(value);
    },
  });
}
