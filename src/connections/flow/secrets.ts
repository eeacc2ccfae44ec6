/** The secrets of a flow: its state, its PKCE verifier and the cookie of its browser, and what its row has of them. */
import { createHash, randomBytes } from 'node:crypto';
import type { CipherPlace, TokenCipher } from '../../tokens/cipher';
import { ciphertextInvalid } from '../../tokens/cipher-error';
import type { FlowState } from './state-rows';

/** 256 random bits. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of `randomText`. */
export function isRandomText(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]{43}$/.test(text);
}

/**
 * What the row of a flow keeps of the browser's cookie. With the state in it, two flows of one browser have nothing in
 * common in the table.
 */
export function bindingDigest(browserBinding: string, state: string): string {
  return digestOf(`${browserBinding}.${state}`);
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** In place of a verifier, where PKCE is off. */
const WITHOUT_PKCE = 'pkce off';

type Beginning = Omit<FlowState, 'codeVerifier'>;

/**
 * All that a flow began with, in the order in which its ciphertext is bound to it: in another order, or with another property,
 * flows that are under way could not end.
 */
const boundColumns = Object.keys({
  userId: true,
  connectionName: true,
  account: true,
  redirectUri: true,
  issuer: true,
  originHost: true,
  returnTo: true,
  requestedScopes: true,
  configFingerprint: true,
  browserBinding: true,
} satisfies Record<keyof Beginning, true>) as (keyof Beginning)[];

/**
 * Ties the row of a flow together: its PKCE verifier is encrypted for everything that the flow began with. A row in which
 * the user, the redirect URI or the way back was changed can no longer be completed.
 * @param verifier RFC 7636 section 4.1; null where PKCE is off
 */
export async function sealFlow(
  cipher: TokenCipher,
  digest: string,
  flow: Beginning,
  verifier: string | null,
): Promise<string> {
  return cipher.encrypt(verifier ?? WITHOUT_PKCE, flowPlace(digest, flow));
}

/**
 * @returns the verifier; null where PKCE is off
 * @throws ConnectionsError `key_unknown`, or `ciphertext_invalid` for a row that was changed
 */
export async function openFlow(cipher: TokenCipher, digest: string, flow: FlowState): Promise<string | null> {
  const place = flowPlace(digest, flow);
  if (!flow.codeVerifier) throw ciphertextInvalid(place, 'it was deleted');
  const text = await cipher.decrypt(flow.codeVerifier, place);
  return text === WITHOUT_PKCE ? null : text;
}

function flowPlace(digest: string, flow: Beginning): CipherPlace {
  return {
    table: 'connection_oauth_states',
    column: 'code_verifier',
    row: [digest, ...boundColumns.map((name) => flow[name] ?? '')],
  };
}
