/**
 * What a raw driver takes to renew tokens: lanes, each of which reads a row, claims it, asks the token endpoint and
 * saves what it gives, on as many connections as a pool of TypeORM has. Every process has rows of its own, so that none has to know of
 * another.
 */
import { open, seal } from '../../sealed';
import { POOL_SIZE } from '../../tokens/floor';
import { ACCOUNT, CONNECTION } from '../../tokens/users';
import type { Addresses } from '../endpoint';
import type { KeyId } from '../population';
import { TOKENS, floorKey } from '../population';
import type { Raw } from '../raw';
import type { Task } from '../task';

export const LANES = 32;

interface Given {
  readonly addresses: Addresses;
  readonly users: readonly string[];
}

interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

const ofRow = 'user_id = ? AND connection_name = ? AND account = ?';
const read = `SELECT refresh_token_encrypted FROM ${TOKENS} WHERE ${ofRow}`;
const claim = `UPDATE ${TOKENS} SET claimed_generation = generation + 1, lease_expires_at = ? WHERE ${ofRow}`;
const save =
  `UPDATE ${TOKENS} SET access_token_encrypted = ?, refresh_token_encrypted = ?, expires_at = ?, updated_at = ?, ` +
  `generation = claimed_generation, lease_expires_at = NULL WHERE ${ofRow}`;

export const rawLanes: Task<Given, { readonly ms: number }> = {
  name: 'lanes of a raw driver',
  async prepare({ engine, openRaw }, { addresses, users }) {
    // The driver of SQLite is synchronous: a second connection would only wait for the first.
    const connections = engine === 'sqlite' ? 1 : POOL_SIZE;
    const pool = await Promise.all(Array.from({ length: connections }, openRaw));
    const renew = async (raw: Raw, userId: string) => {
      const row = [userId, CONNECTION, ACCOUNT];
      const place = (kind: 'access' | 'refresh') => [TOKENS, `${kind}_token_encrypted`, ...row];
      const [[sealed] = []] = await raw.rows(read, row);
      const token = open(String(sealed), place('refresh'), (keyId) => floorKey(keyId as KeyId).key);
      await raw.change(claim, [new Date().toISOString(), ...row]);
      const response = await fetch(addresses.token, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: 'bench' }),
      });
      const answer = (await response.json()) as TokenAnswer;
      const now = Date.now();
      await raw.change(save, [
        seal(answer.access_token, place('access'), floorKey('k1')),
        seal(answer.refresh_token, place('refresh'), floorKey('k1')),
        new Date(now + answer.expires_in * 1000).toISOString(),
        new Date(now).toISOString(),
        ...row,
      ]);
    };
    return async () => {
      const began = performance.now();
      const left = users.values();
      const lane = async (raw: Raw) => {
        for (const userId of left) await renew(raw, userId);
      };
      await Promise.all(Array.from({ length: LANES }, (_, index) => lane(pool[index % connections] as Raw)));
      return { ms: performance.now() - began };
    };
  },
};
