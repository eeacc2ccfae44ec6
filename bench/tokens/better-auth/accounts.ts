/** better-auth on the same PostgreSQL server: tables of its own migrations, as many accounts, tokens encrypted its way. */
import { randomBytes } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { symmetricEncrypt } from 'better-auth/crypto';
import { getMigrations } from 'better-auth/db/migration';
import { Pool } from 'pg';
import { POOL_SIZE } from '../floor';
import type { Read } from '../rate';
import type { User } from '../users';
import { CONNECTION, EXPIRES_AT, SCOPES, tokenOf } from '../users';

const CHUNK = 500;

export interface BetterAuth {
  readonly read: Read;
  readonly close: () => Promise<void>;
}

/** @param address whose search path is a schema for its tables */
export async function openBetterAuth(address: string, users: readonly User[]): Promise<BetterAuth> {
  const pool = new Pool({ connectionString: address, max: POOL_SIZE });
  const options = {
    database: pool,
    baseURL: 'http://127.0.0.1',
    secret: randomBytes(32).toString('hex'),
    account: { encryptOAuthTokens: true },
    socialProviders: { [CONNECTION]: { clientId: 'client', clientSecret: 'secret' } },
    telemetry: { enabled: false },
  };
  try {
    await (await getMigrations(options)).runMigrations();
    const auth = betterAuth(options);
    const { secretConfig: key } = await auth.$context;
    await fillAccounts(pool, users, (data) => symmetricEncrypt({ key, data }));
    return {
      async read({ rowId, userId }) {
        const answer = await auth.api.getAccessToken({ body: { accountId: rowId, userId } });
        const { accessToken, accessTokenExpiresAt, scopes } = answer;
        return { accessToken, expiresAt: accessTokenExpiresAt ?? null, scopes };
      },
      close: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function fillAccounts(
  pool: Pool,
  users: readonly User[],
  encrypt: (token: string) => Promise<string>,
): Promise<void> {
  for (let start = 0; start < users.length; start += CHUNK) {
    const some = users.slice(start, start + CHUNK);
    const ids = some.map(({ userId }) => userId);
    await pool.query(
      'INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") ' +
        `SELECT id, 'Somebody', id || '@example.test', true, now(), now() FROM unnest($1::text[]) AS u(id)`,
      [ids],
    );
    const encrypted = (kind: 'access' | 'refresh') =>
      Promise.all(some.map((user) => encrypt(tokenOf(user, kind))));
    await pool.query(
      'INSERT INTO account (id, "accountId", "userId", "accessToken", "refreshToken", "providerId", ' +
        '"accessTokenExpiresAt", scope, "createdAt", "updatedAt") ' +
        'SELECT row_id, user_id, user_id, access, refresh, $5, $6, $7, now(), now() ' +
        'FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS a(row_id, user_id, access, refresh)',
      [
        some.map(({ rowId }) => rowId),
        ids,
        await encrypted('access'),
        await encrypted('refresh'),
        CONNECTION,
        EXPIRES_AT,
        SCOPES.join(','),
      ],
    );
  }
  await pool.query('VACUUM ANALYZE "user", account');
}
