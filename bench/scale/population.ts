/**
 * Rows of tokens, every text encrypted for its place, about 1 KB each. What a row has follows from its number, so that any
 * process can ask for it. A row in five is of a connection that is renamed, the others are of one that stays.
 */
import { createHash, createSecretKey, randomUUID } from 'node:crypto';
import type { TokenCipher } from 'mcp-connections';
import { keyRing } from 'mcp-connections';
import type { FloorKey } from '../sealed';
import { seal } from '../sealed';
import { ACCOUNT, CONNECTION, EXPIRES_AT, SCOPES } from '../tokens/users';
import type { Raw, Row } from './raw';

export const TOKENS = 'user_connection_tokens';
export const RENAMED = 'linear';
export const STATES = 'connection_oauth_states';

export type KeyId = 'k1' | 'k2';

const bytesOf = (id: KeyId) => createHash('sha256').update(id).digest();
const floorKeys = {
  k1: createSecretKey(bytesOf('k1')),
  k2: createSecretKey(bytesOf('k2')),
};

/** Both keys decrypt. */
export function cipherOf(current: KeyId): TokenCipher {
  return keyRing({ current, keys: { k1: bytesOf('k1'), k2: bytesOf('k2') } });
}

export function floorKey(id: KeyId): FloorKey {
  return { id, key: floorKeys[id] };
}

function connectionOf(number: number): string {
  return number % 5 === 4 ? RENAMED : CONNECTION;
}

/** In no order, as ids of users are. */
function userOf(number: number): string {
  return `${Math.imul(number + 1, 0x9e3779b1) >>> 0}-user-${number}`;
}

export interface NewRow {
  readonly userId: string;
  readonly connectionName: string;
  readonly account?: string;
  readonly expiresAt?: string;
}

const TOKEN_LENGTH = 300;
const CHUNK = 5000;
const HOUR_MS = 3_600_000;

export const insertedColumns = [
  'id',
  'user_id',
  'connection_name',
  'account',
  'access_token_encrypted',
  'refresh_token_encrypted',
  'token_type',
  'expires_at',
  'scopes',
  'created_at',
  'updated_at',
] as const;

/** @param rows made as they are needed */
export async function insertTokens(raw: Raw, rows: Iterable<NewRow>): Promise<void> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(valuesOf(row));
    if (chunk.length < CHUNK) continue;
    await raw.insert(TOKENS, insertedColumns, chunk);
    chunk = [];
  }
  if (chunk.length > 0) await raw.insert(TOKENS, insertedColumns, chunk);
  await raw.tidy(TOKENS);
}

/** The rows with these numbers, from the first up to the second. */
export function* population(from: number, to: number): Generator<NewRow> {
  for (let number = from; number < to; number += 1) {
    yield { userId: userOf(number), connectionName: connectionOf(number) };
  }
}

export function tokenOf(userId: string, kind: 'access' | 'refresh'): string {
  return `${kind}-${userId}-`.padEnd(TOKEN_LENGTH, '.');
}

/** In the order of `insertedColumns`. */
export function valuesOf(row: NewRow): Row {
  const { userId, connectionName, account = ACCOUNT, expiresAt = EXPIRES_AT } = row;
  const savedAt = new Date(Date.now() - HOUR_MS).toISOString();
  const sealed = (kind: 'access' | 'refresh') =>
    seal(
      tokenOf(userId, kind),
      [TOKENS, `${kind}_token_encrypted`, userId, connectionName, account],
      floorKey('k1'),
    );
  return [
    randomUUID(),
    userId,
    connectionName,
    account,
    sealed('access'),
    sealed('refresh'),
    'Bearer',
    expiresAt,
    SCOPES.join(' '),
    savedAt,
    savedAt,
  ];
}

const PAGE = 500;

/** Makes the tokens of users expire that long ago, as those do that were saved an hour before. */
export async function expire(raw: Raw, userIds: readonly string[], agoMs = 1000): Promise<void> {
  const expiresAt = new Date(Date.now() - agoMs).toISOString();
  const savedAt = new Date(Date.now() - agoMs - HOUR_MS).toISOString();
  for (let start = 0; start < userIds.length; start += PAGE) {
    const page = userIds.slice(start, start + PAGE);
    const places = page.map(() => '?').join(', ');
    await raw.change(
      `UPDATE ${TOKENS} SET expires_at = ?, updated_at = ?, lease_expires_at = NULL WHERE user_id IN (${places})`,
      [expiresAt, savedAt, ...page],
    );
  }
}

/** Users with one row each, of the connection that stays. */
export function someUsers(count: number, from = 0): string[] {
  const found: string[] = [];
  for (let number = from; found.length < count; number += 1) {
    if (connectionOf(number) === CONNECTION) found.push(userOf(number));
  }
  return found;
}
