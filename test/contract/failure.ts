import { WorkbenchError } from '../../engine/api/index.ts';

/** The WorkbenchError that the work must end in. */
export async function failure(work: Promise<unknown>): Promise<WorkbenchError> {
  const thrown: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof WorkbenchError)) throw new Error(`no WorkbenchError but ${String(thrown)}`);
  return thrown;
}
