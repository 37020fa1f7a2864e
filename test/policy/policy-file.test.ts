import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Policy, WorkbenchError } from '../../engine/api/index.ts';
import {
  finishPolicy,
  parsePolicy,
  policyJsonSchema,
  readPolicy,
  signPolicy,
  verifyEnvelope,
  verifyPolicy,
} from '../../engine/policy/index.ts';
import { attempt, draft, richDraft, route } from './fixtures.ts';

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error instanceof WorkbenchError ? error.code : error;
  }
  return 'nothing thrown';
};
const policy = finishPolicy(richDraft());
const text = JSON.stringify(policy, null, 2);

describe('a policy file', () => {
  it('reads back as it was finished, however its JSON is laid out and its keys ordered', () => {
    expect(parsePolicy(text)).toEqual(policy);
    const shuffled = Object.fromEntries(Object.entries(policy).reverse());
    expect(parsePolicy(`\ufeff${JSON.stringify(shuffled)}`)).toEqual(policy);
  });

  it('is refused when a threshold was edited by hand, with what to do', () => {
    const edited = text.replace('"value": 0.8', '"value": 0.7');
    expect(edited).not.toBe(text);
    expect(codeOf(() => parsePolicy(edited))).toBe('policy.integrity');
    expect(readPolicy(edited).integrity).toBe('broken');
    expect(verifyPolicy(readPolicy(edited).policy, null)).toMatchObject({
      valid: false,
      integrity: 'broken',
    });
  });

  it('is refused when any one character of its values changes', () => {
    const digits = [...text.matchAll(/: "?[-.\w]*(\d)/g)].map((match) => match.index + match[0].length - 1);
    expect(digits.length).toBeGreaterThan(100);
    const values = JSON.stringify(JSON.parse(text));
    for (const at of digits.filter((_, i) => i % 40 === 0)) {
      const edited = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);
      // A seventeenth digit may name the same double.
      if (JSON.stringify(JSON.parse(edited)) === values) continue;
      expect(codeOf(() => parsePolicy(edited))).toMatch(/^policy\.(integrity|malformed|version)$/);
    }
  });

  it.each([
    ['not json', 'policy.malformed'],
    ['{}', 'policy.malformed'],
    ['[]', 'policy.malformed'],
    ['null', 'policy.malformed'],
    ['{"format":"kneepoint-policy/2"}', 'policy.version'],
    [JSON.stringify({ ...policy, surprise: 1 }), 'policy.malformed'],
  ])('%# that is none is refused with a code', (bad, code) => {
    expect(codeOf(() => parsePolicy(bad))).toBe(code);
  });

  it.each([
    ['a route that is not there', { rules: [{ id: 'r', when: 'always' as const, route: 'nowhere' }] }],
    ['no rule that always matches', { rules: draft().rules.slice(0, 1) }],
    [
      'a stand-in outside the scope',
      {
        routes: [
          route('easy', [attempt('small')], { scope: ['small'], fallbacks: { timeout: ['large'] } }),
          route('hard', [attempt('large')]),
        ],
      },
    ],
    [
      'a text compared with a number',
      {
        signals: richDraft().signals.slice(0, 1),
        rules: [
          { id: 'x', when: { op: 'eq' as const, signal: 'pii', value: 1 }, route: 'easy' },
          draft().rules[1]!,
        ],
      },
    ],
    [
      'a rule on what is known after a call',
      {
        signals: richDraft().signals.slice(5, 6),
        rules: [
          { id: 'x', when: { op: 'gt' as const, signal: 'confidence(small)', value: 1 }, route: 'easy' },
          draft().rules[1]!,
        ],
      },
    ],
    [
      'a last attempt that may not serve',
      { routes: [route('easy', [attempt('small', 'never')]), route('hard', [attempt('large')])] },
    ],
    [
      'a threshold that is NaN',
      {
        rules: [
          { id: 'x', when: { op: 'gt' as const, signal: 'score', value: NaN }, route: 'easy' },
          draft().rules[1]!,
        ],
      },
    ],
  ])('cannot be finished with %s', (_, parts) => {
    expect(codeOf(() => finishPolicy(draft(parts)))).toBe('policy.malformed');
  });
});

describe('a signature', () => {
  const pair = () =>
    generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
  const { privateKey, publicKey } = pair();
  const { envelope, publicKeyPem } = signPolicy(policy, privateKey);

  it('holds for the signer’s key and the policy inside reads back', () => {
    expect(publicKeyPem).toBe(publicKey);
    expect(verifyEnvelope(envelope)).toBe('ok');
    expect(verifyEnvelope(envelope, publicKey)).toBe('ok');
    expect(parsePolicy(envelope)).toEqual(policy);
    expect(verifyPolicy(policy, null, { envelope })).toMatchObject({ valid: true, signature: 'ok' });
  });

  it('is looked at before a policy is used, and can be asked for', () => {
    const other = signPolicy(finishPolicy(draft()), pair().privateKey).envelope;
    const stolen = { ...JSON.parse(envelope), signatures: JSON.parse(other).signatures };
    expect(() => parsePolicy(JSON.stringify(stolen))).toThrow(
      expect.objectContaining({ code: 'policy.signature' }),
    );
    const ask = { publicKeyPem: publicKey };
    expect(verifyPolicy(policy, null, { ...ask, envelope })).toMatchObject({ valid: true, signature: 'ok' });
    expect(verifyPolicy(policy, null, ask)).toMatchObject({
      valid: false,
      problems: [expect.stringContaining('not signed')],
    });
    expect(verifyPolicy(policy, null, { envelope, publicKeyPem: pair().publicKey })).toMatchObject({
      valid: false,
      signature: 'broken',
    });
  });

  it('breaks for another key, another payload and no envelope', () => {
    expect(verifyEnvelope(envelope, pair().publicKey)).toBe('broken');
    const other = signPolicy(finishPolicy(draft()), privateKey).envelope;
    const swapped = { ...JSON.parse(envelope), payload: JSON.parse(other).payload };
    expect(verifyEnvelope(JSON.stringify(swapped), publicKey)).toBe('broken');
    expect(verifyEnvelope('{}')).toBe('broken');
    expect(verifyPolicy(policy, null, { envelope: JSON.stringify(swapped) })).toMatchObject({
      valid: false,
      signature: 'broken',
    });
  });

  it('is refused for a key that is not Ed25519, without quoting it', () => {
    expect(codeOf(() => signPolicy(policy, 'secret'))).toBe('policy.signature');
    const { privateKey: rsa } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect(codeOf(() => signPolicy(policy, rsa))).toBe('policy.signature');
  });
});

describe('the JSON Schema', () => {
  const committed = readFileSync(new URL('../../docs/policy.schema.json', import.meta.url), 'utf8');
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());

  it('in docs is the one generated from the zod schema', () => {
    expect(JSON.parse(committed)).toEqual(policyJsonSchema());
  });

  it('closes every object that is not a free map', () => {
    const open: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node && (!('additionalProperties' in node) || node.additionalProperties !== false))
        open.push(path);
      for (const [key, child] of Object.entries(node)) visit(child, `${path}/${key}`);
    };
    visit(policyJsonSchema(), '');
    expect(open).toEqual([]);
  });

  it('agrees with zod on finished policies and on every kind of damage', () => {
    expect(validate(policy)).toBe(true);
    const paths: string[][] = [];
    const visit = (node: unknown, path: string[]): void => {
      paths.push(path);
      if (typeof node === 'object' && node !== null)
        for (const [key, child] of Object.entries(node)) visit(child, [...path, key]);
    };
    visit({ ...policy, conformance: policy.conformance.slice(0, 6) }, []);
    const damage = fc.constantFrom('drop', 'null', 'text', 'number', 'negative', 'list', 'extra', 'empty');
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...paths.slice(1)), damage, (path, kind) => {
        const copy: unknown = structuredClone({ ...policy, conformance: policy.conformance.slice(0, 6) });
        const key = path.at(-1)!;
        const parent = path
          .slice(0, -1)
          .reduce((node, k) => (node as Record<string, unknown>)[k], copy) as Record<string, unknown>; // the path was walked
        if (kind === 'drop' && Array.isArray(parent)) parent.splice(Number(key), 1);
        else if (kind === 'drop') delete parent[key];
        else if (kind === 'extra' && !Array.isArray(parent)) parent['surprise'] = 1;
        else
          parent[key] = { null: null, text: 'x', number: 1.5, negative: -1, list: [], extra: {}, empty: '' }[
            kind
          ];
        const zod = Policy.safeParse(copy).success;
        seen[zod ? 'valid' : 'invalid']++;
        expect(validate(copy)).toBe(zod);
      }),
      { numRuns: 1500, seed: 42 },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(100);
  });
});
