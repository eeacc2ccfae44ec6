/**
 * What tokens were issued under, as a text that can be compared: a token must not go to another server than the one it
 * was issued for, and must not be refreshed by another client than the one that got it.
 */
import { createHash } from 'node:crypto';

/** Where tokens go. */
export interface TokenPlace {
  /** Address of the MCP server or API that the access token is sent to. */
  readonly url: string;
  /** Resource indicator (RFC 8707) as it is declared; null where none is. */
  readonly resource: string | null;
}

/** Who they are for. */
export interface TokenClient {
  readonly clientId: string | null;
  readonly tokenUrl: string | null;
  /** Authorization server (RFC 8414 section 2). */
  readonly issuer: string | null;
  readonly scopes: readonly string[];
}

/** Hexadecimal digits of each half: where tokens go, and who they are for. */
const HALF = 32;

/**
 * 64 hexadecimal digits; the order of scopes and the path of the address do not matter.
 * @param client null where it is for discovery to find: then the first 32
 */
export function configFingerprint({ url, resource }: TokenPlace, client: TokenClient | null): string {
  const place = digest([new URL(url).origin, resource]);
  if (client === null) return place;
  const { clientId, tokenUrl, issuer, scopes } = client;
  return place + digest([clientId, tokenUrl, issuer, ...new Set(scopes.toSorted())]);
}

/**
 * `moved`: the tokens are for another server and must not be sent. `changed`: they may be used until they expire, and not
 * refreshed. Where one of the two does not say who tokens are for, only where they go is compared.
 * @param stored null for tokens that another program left, of which nothing is known
 * @param generation of the stored tokens: 0 until this package has saved any, and it never saves them without a fingerprint
 */
export function compareFingerprints(
  stored: string | null,
  current: string,
  generation: number,
): 'same' | 'changed' | 'moved' {
  if (stored === null) return generation === 0 ? 'same' : 'moved';
  if (stored.slice(0, HALF) !== current.slice(0, HALF)) return 'moved';
  return stored === current || stored.length === HALF || current.length === HALF ? 'same' : 'changed';
}

function digest(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HALF);
}
