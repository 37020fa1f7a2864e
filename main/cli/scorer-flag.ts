import { InvalidArgumentError } from 'commander';
import { ScorerSpec } from '../../engine/api/index.ts';

/** `numeric:0.01` → {kind: 'numeric', absolute: 0.01}; the part after the first colon is the scorer's one setting. */
export function parseScorer(value: string): ScorerSpec {
  const [kind = '', ...rest] = value.split(':');
  const setting = rest.join(':');
  const spec: Record<string, unknown> = { kind };
  if (setting !== '') {
    if (kind === 'regex') spec['pattern'] = setting;
    else if (kind === 'json-field') spec['path'] = setting;
    else if (kind === 'numeric') spec['absolute'] = Number(setting);
    else throw new InvalidArgumentError(`${kind} takes no setting`);
  }
  const parsed = ScorerSpec.safeParse(spec);
  if (!parsed.success)
    throw new InvalidArgumentError(
      'one of exact, contains, numeric, numeric:0.01, regex:PATTERN, json-field:PATH',
    );
  return parsed.data;
}
