/** One address, used once: its token is exchanged for the secret that lasts as long as the server. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Session {
  /** For the address's fragment. */
  token: string;
  /** The secret, for the token's first use; null afterwards and for anything else. */
  exchange(token: string): string | null;
  holds(secret: string): boolean;
}

const BYTES = 32;
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Takes the same time wherever the texts differ, and however long they are. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export function createSession(): Session {
  const token = randomBytes(BYTES).toString('base64url');
  const secret = randomBytes(BYTES).toString('base64url');
  let used = false;
  return {
    token,
    exchange(given) {
      if (!equal(given, token) || used) return null;
      used = true;
      return secret;
    },
    holds: (given) => equal(given, secret),
  };
}
