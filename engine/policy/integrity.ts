import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** RFC 8785 canonical JSON. Throws TypeError for a value JSON cannot hold (NaN, infinities, functions). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('The value has no JSON form.');
  return text;
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The hash a policy must carry: over everything in the object but `integrity`. */
export function policyHash(policy: object): string {
  const { integrity: _, ...rest } = policy as { integrity?: unknown }; // any object: one key is left out
  return sha256Hex(canonicalJson(rest));
}
