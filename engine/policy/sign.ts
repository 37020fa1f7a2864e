import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { type Policy, WorkbenchError } from '../api/index.ts';
import { canonicalJson, sha256Hex } from './integrity.ts';

export const payloadType = 'application/vnd.kneepoint.policy+json';

const Envelope = z.object({
  payloadType: z.literal(payloadType),
  payload: z.base64(),
  signatures: z
    .array(z.object({ keyid: z.string(), sig: z.base64(), publicKeyPem: z.string().optional() }))
    .min(1),
});

/** DSSE pre-authentication encoding: the bytes that are signed. */
function preAuthentication(payload: Buffer): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `, 'utf8'),
    payload,
  ]);
}

const publicPem = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();

/**
 * Signs a policy: a DSSE v1 envelope (JSON text) over its canonical JSON, Ed25519.
 * The envelope carries the public key, so that anyone can check it; whose key it is, the reader must know.
 * @throws WorkbenchError policy.signature where the key is no Ed25519 private key.
 */
export function signPolicy(
  policy: Policy,
  privateKeyPem: string,
): { envelope: string; publicKeyPem: string } {
  const key = ed25519(() => createPrivateKey(privateKeyPem));
  const payload = Buffer.from(canonicalJson(policy), 'utf8');
  const publicKeyPem = publicPem(key);
  const envelope = {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [
      {
        keyid: sha256Hex(publicKeyPem),
        sig: sign(null, preAuthentication(payload), key).toString('base64'),
        publicKeyPem,
      },
    ],
  };
  return { envelope: JSON.stringify(envelope, null, 2), publicKeyPem };
}

/**
 * Checks an envelope's signature, with the given public key, else with the one it carries
 * (which shows that it is unchanged, not who signed it).
 */
export function verifyEnvelope(envelope: string, publicKeyPem?: string): 'ok' | 'broken' {
  let value: unknown;
  try {
    value = JSON.parse(envelope);
  } catch {
    return 'broken';
  }
  const parsed = Envelope.safeParse(value);
  if (!parsed.success) return 'broken';
  const payload = Buffer.from(parsed.data.payload, 'base64');
  const ok = parsed.data.signatures.some(({ sig, publicKeyPem: carried }) => {
    const pem = publicKeyPem ?? carried;
    if (pem === undefined) return false;
    try {
      const key = createPublicKey(pem);
      return (
        key.asymmetricKeyType === 'ed25519' &&
        verify(null, preAuthentication(payload), key, Buffer.from(sig, 'base64'))
      );
    } catch {
      return false;
    }
  });
  return ok ? 'ok' : 'broken';
}

/** The text inside an envelope, unchecked; null where the value is none. */
export function envelopePayload(value: unknown): string | null {
  const parsed = Envelope.safeParse(value);
  return parsed.success ? Buffer.from(parsed.data.payload, 'base64').toString('utf8') : null;
}

function ed25519(read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Reported below; the cause would quote the key.
  }
  throw new WorkbenchError('policy.signature', 'The private key is not an Ed25519 key in PEM form.', {
    hint: 'Make one with: openssl genpkey -algorithm ed25519 -out key.pem',
  });
}
