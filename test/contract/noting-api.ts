import { inputs, type Workbench } from '../../engine/api/index.ts';

/** An API whose every method notes its call and answers with its input. */
export function noting(calls: string[]): Workbench {
  const table: Record<string, Record<string, unknown>> = {};
  for (const [service, methods] of Object.entries(inputs)) {
    table[service] = Object.fromEntries(
      Object.keys(methods).map((method) => [
        method,
        async (input: unknown) => {
          calls.push(`${service}.${method}`);
          return input;
        },
      ]),
    );
  }
  // Made from `inputs`, from which the type is made.
  return table as unknown as Workbench;
}
