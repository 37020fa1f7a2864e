/** Every call from any door passes here: an allow-listed name, an input parsed by zod, one kind of error. */
import { type Handlers, inputs, type Workbench, WorkbenchError, toWorkbenchError } from './api/index.ts';
import type { z } from 'zod';

type Table<T> = Record<string, Record<string, T>>;

const own = <T>(table: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Wraps handlers so that each input is parsed and each failure is a WorkbenchError. */
export function dispatching(handlers: Handlers): Workbench {
  // The mapped types of both sides are made from `inputs`; walking the table by key loses that, so the casts restore it.
  const schemas = inputs as unknown as Table<z.ZodType>;
  const implementations = handlers as unknown as Table<(input: unknown) => Promise<unknown>>;
  const api: Table<(input: unknown) => Promise<unknown>> = Object.create(null);
  for (const [service, methods] of Object.entries(schemas)) {
    const table: Record<string, (input: unknown) => Promise<unknown>> = Object.create(null);
    for (const [method, schema] of Object.entries(methods)) {
      const implementation = own(own(implementations, service) ?? {}, method);
      if (implementation === undefined)
        throw new WorkbenchError('bug', `${service}.${method} has no handler`);
      table[method] = async (input) => {
        try {
          return await implementation(parseInput(schema, input, `${service}.${method}`));
        } catch (thrown) {
          throw toWorkbenchError(thrown);
        }
      };
    }
    api[service] = table;
  }
  return api as unknown as Workbench;
}

function parseInput(schema: z.ZodType, input: unknown, name: string): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.') || '(input)',
    message: issue.message,
  }));
  const first = issues[0];
  throw new WorkbenchError(
    'input.invalid',
    `${name}: ${first?.path ?? ''}: ${first?.message ?? 'invalid input'}`,
    {
      hint: 'Check the value named above; `kneepoint <command> --help` shows what each one takes.',
      details: { issues },
    },
  );
}
