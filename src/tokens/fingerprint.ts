/**
 * What tokens were issued under, as a text that can be compared: a token must not go to another server than the one it
 * was issued for, and must not be refreshed by another client than the one that got it.
 */
import { createHash } from 'node:crypto';

export interface TokenSurroundings {
  readonly clientId: string | null;
  readonly tokenUrl: string | null;
  /** Authorization server (RFC 8414 section 2). */
  readonly issuer: string | null;
  /** Address of the MCP server or API that the access token is sent to. */
  readonly url: string;
  /** Resource indicator (RFC 8707); null where none is sent. */
  readonly resource: string | null;
  readonly scopes: readonly string[];
}

/** Hexadecimal digits of each half: where tokens go, and who they are for. */
const HALF = 32;

/** 64 hexadecimal digits; the order of scopes and the path of the address do not matter. */
export function configFingerprint(surroundings: TokenSurroundings): string {
  const { clientId, tokenUrl, issuer, url, resource, scopes } = surroundings;
  const place = [new URL(url).origin, resource];
  const client = [clientId, tokenUrl, issuer, ...new Set(scopes.toSorted())];
  return digest(place) + digest(client);
}

/**
 * `moved`: the tokens are for another server and must not be sent. `changed`: they may be used until they expire, and not
 * refreshed.
 * @param stored null for tokens that another program left, of which nothing is known
 */
export function compareFingerprints(stored: string | null, current: string): 'same' | 'changed' | 'moved' {
  if (stored === null || stored === current) return 'same';
  return stored.slice(0, HALF) === current.slice(0, HALF) ? 'changed' : 'moved';
}

function digest(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HALF);
}
