/**
 * The package and the floor in turns, each for a user of its own.
 *
 * The floor's statements leave the same behind. The flows of a user end in a transaction of their own, before the rows are
 * read: one that ends at that moment could add a row. The rows are then deleted by a statement that returns what a
 * revocation would need, or written by one statement for all of them.
 */
import type { Connections, UserConnection } from 'mcp-connections';
import { open, seal } from '../../sealed';
import { CONNECTION } from '../../tokens/users';
import type { KeyId } from '../population';
import { STATES, TOKENS, floorKey } from '../population';
import type { Raw, Row } from '../raw';
import type { HostOptions, Task } from '../task';

/** Of each user. */
export const ACCOUNTS = 10;
/** What the names of their accounts begin with. */
export const ACCOUNT = 'account-';
export const works = ['forget', 'rename', 'disconnect', 'list'] as const;
export type Work = (typeof works)[number];

interface Given extends HostOptions {
  /** For each work the users that it is done for, each once. */
  readonly userIds: Readonly<Record<Work, readonly string[]>>;
}

/** Milliseconds of each round. */
interface Times {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

type One = (userId: string) => Promise<unknown>;

export const working: Task<Given, Readonly<Record<Work, Times>>> = {
  name: 'working',
  async prepare({ openHost, openRaw }, { userIds, ...options }) {
    const { connections } = await openHost(options);
    const variants = { ours: ours(connections), floor: floor(await openRaw()) };
    return async () => {
      const all = Object.fromEntries(
        works.map((work) => [work, { ours: [], floor: [] }]),
      ) as unknown as Record<Work, Record<keyof Times, number[]>>;
      for (const work of works) {
        for (const [index, userId] of userIds[work].entries()) {
          // The first of two is another one each time.
          const name = index % 4 === 0 || index % 4 === 3 ? 'ours' : 'floor';
          const began = performance.now();
          await variants[name][work](userId);
          all[work][name].push(performance.now() - began);
        }
      }
      return all;
    };
  },
};

function ours(connections: Connections): Readonly<Record<Work, One>> {
  return {
    forget: (userId) => connections.forgetUser(userId),
    rename: (userId) => connections.renameUser(userId, renamed(userId)),
    disconnect: (userId) => connections.disconnect(userId, CONNECTION, { account: `${ACCOUNT}0` }),
    list: (userId) => connections.list(userId),
  };
}

const texts = ['access_token_encrypted', 'refresh_token_encrypted'] as const;

function floor(raw: Raw): Readonly<Record<Work, One>> {
  const secrets = `id, user_id, connection_name, account, ${texts.join(', ')}`;
  const ofAccount = 'user_id = ? AND connection_name = ? AND account = ?';
  return {
    async forget(userId) {
      await raw.change(`DELETE FROM ${STATES} WHERE user_id = ?`, [userId]);
      await raw.rows(`DELETE FROM ${TOKENS} WHERE user_id = ? RETURNING ${secrets}`, [userId]);
    },
    async rename(userId) {
      await raw.change(`DELETE FROM ${STATES} WHERE user_id = ?`, [userId]);
      const rows = await raw.rows(`SELECT ${secrets} FROM ${TOKENS} WHERE user_id = ?`, [userId]);
      const to = renamed(userId);
      await raw.rewrite(
        [...texts, 'user_id'],
        rows.map((row) => sealedFor(to, row)),
      );
    },
    async disconnect(userId) {
      const account = [userId, CONNECTION, `${ACCOUNT}0`];
      await raw.change(`DELETE FROM ${STATES} WHERE ${ofAccount}`, account);
      await raw.rows(`DELETE FROM ${TOKENS} WHERE ${ofAccount} RETURNING ${secrets}`, account);
    },
    list: async (userId) => listed(await raw.rows(LISTED, [userId])),
  };
}

const renamed = (userId: string) => `${userId}-renamed`;

function sealedFor(to: string, [id = '', userId, name, account, ...sealed]: Row): Row {
  const key = floorKey('k1');
  const again = sealed.map((text, index) => {
    const place = (user: unknown) => [TOKENS, texts[index], user, name, account].map(String);
    return seal(
      open(String(text), place(userId), (keyId) => floorKey(keyId as KeyId).key),
      place(to),
      key,
    );
  });
  return [id, sealed[0] ?? null, ...again, to];
}

/** What the answer needs, and what says whether the tokens can still be used. */
const LISTED =
  'SELECT connection_name, account, status, status_reason, doubt, scopes, expires_at, created_at, provider_metadata, ' +
  `generation, config_fingerprint, refresh_token_encrypted IS NOT NULL FROM ${TOKENS} WHERE user_id = ?`;

/** Of one connection, as a program would answer that knows of one. */
function listed(rows: readonly Row[]): Pick<UserConnection, 'name' | 'status' | 'accounts'>[] {
  const accounts = rows.map((row) => {
    const [, account, status, reason, doubt, scopes, expiresAt, createdAt, metadata, , , hasRefreshToken] =
      row;
    return {
      account: String(account),
      renewable: Boolean(hasRefreshToken),
      ...(status === 'active' && doubt === null
        ? { status: 'connected' as const }
        : { status: 'reauthorization_required' as const, reason: reason as 'invalid_grant' }),
      scopes: String(scopes).split(' '),
      expiresAt: new Date(String(expiresAt)),
      connectedAt: new Date(String(createdAt)),
      providerMetadata: metadata === null ? null : JSON.parse(String(metadata)),
    };
  });
  return [{ name: CONNECTION, status: 'connected', accounts }];
}
