import { z } from 'zod';
import { Policy } from '../api/index.ts';

/** JSON Schema 2020-12 of a policy file, generated from the zod schema: docs/policy.schema.json is this, as text. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(Policy, { target: 'draft-2020-12', io: 'input' });
  return { $schema, title: 'Kneepoint policy', ...schema };
}
