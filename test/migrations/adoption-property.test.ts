/**
 * Whatever another program has made, every value is kept or refused before any change; the second start writes nothing; a
 * token can be refreshed; and a revert with another adoption changes nothing.
 *
 * @module-tag long
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { connectionRegistry } from '../../src/config/registry';
import { Connections } from '../../src/connections/connections';
import { engineOf } from '../../src/database/engines';
import type { FoundKey } from '../../src/database/catalogue';
import { UserConnectionToken } from '../../src/entities';
import { isConnectionsError } from '../../src/errors';
import { fernetFormat } from '../../src/legacy';
import { revertConnectionMigration, runConnectionMigrations } from '../../src/migrations';
import { parseKeyRing } from '../../src/tokens/key-ring';
import { keyOf } from '../setup/connected';
import type { TestDatabase } from '../setup/database';
import { describeEachEngine, testDatabase } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { rowsOf, runInSchema } from '../setup/legacy';
import { recordingLogger } from '../setup/recording-logger';
import { TokenEndpoint } from '../setup/token-endpoint';
import type { ForeignTokens } from './foreign-tables';
import { foreignTokens, TABLE, ZONE } from './foreign-tables';

const RUNS = Number(process.env['ADOPTION_RUNS'] ?? 4);

const fixture = readFileSync(resolve(import.meta.dirname, '../fixtures/legacy/schema-a.sqlite.sql'), 'utf8');
const [, access = '', refresh = ''] =
  /VALUES \('t-1', 'u-ada', 'atlassian', '([^']*)', '([^']*)'/.exec(fixture) ?? [];

const options = () => ({ logger: recordingLogger(), legacyTimeZone: ZONE });

type Rows = Record<string, unknown>[];

describeEachEngine('Any table of tokens', (engine) => {
  it(
    'is adopted with every value, or refused with nothing changed',
    async () => {
      const database = await testDatabase(engine);
      const plain = await database.connect();
      const endpoint = await TokenEndpoint.start();
      const property = fc.asyncProperty(foreignTokens(engine, { access, refresh }), async (foreign) => {
        await dropAll(plain);
        await create(plain, foreign);
        await holds(database, plain, endpoint, foreign);
      });
      try {
        await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
      } finally {
        await endpoint.stop();
      }
    },
    30_000 + RUNS * 10_000,
  );
});

async function holds(
  database: TestDatabase,
  plain: DataSource,
  endpoint: TokenEndpoint,
  foreign: ForeignTokens,
): Promise<void> {
  const before = await stateOf(plain);
  const host = await database.connect({ poolSize: 1 });
  try {
    for (const setting of foreign.settings) await host.query(setting);
    if (await isRefused(() => runConnectionMigrations(host, options()))) {
      expect(await stateOf(plain)).toEqual(before);
      return;
    }
    const adopted = await stateOf(plain);
    keptValues(foreign, before.rows, adopted.rows);
    const parts = (keys: readonly FoundKey[]) => keys.map(({ statement: _text, ...key }) => key);
    expect(parts(adopted.odd)).toEqual(parts(before.odd));
    expect(await runConnectionMigrations(plain, options())).toEqual([]);

    if (await isRefused(() => revertConnectionMigration(host, options()))) {
      expect(await stateOf(plain)).toEqual(adopted);
    } else {
      const { columns, keys, odd } = await stateOf(plain);
      expect({ columns, keys, odd }).toEqual({ columns: before.columns, keys: before.keys, odd: before.odd });
      await runConnectionMigrations(host, options());
      expect(withoutNow(foreign, (await stateOf(plain)).rows)).toEqual(withoutNow(foreign, adopted.rows));
    }
    await refreshes(plain, endpoint);
  } finally {
    await host.destroy();
  }
}

async function isRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (isConnectionsError(error, 'tables_foreign')) return true;
    throw error;
  }
}

function keptValues(foreign: ForeignTokens, before: Rows, after: Rows): void {
  expect(after).toHaveLength(foreign.rows.length);
  for (const [index, { values, instants }] of foreign.rows.entries()) {
    const [was, is] = [before[index], after[index]];
    for (const name of [
      'id',
      'user_id',
      'connection_name',
      'access_token_encrypted',
      'refresh_token_encrypted',
    ]) {
      expect(is?.[name]).toBe(values[name]);
    }
    for (const name of ['token_type', 'scopes', 'provider_metadata', 'note'])
      expect(is?.[name]).toEqual(was?.[name]);
    const { expires_at, created_at } = instants;
    expect(is?.['expires_at']).toBe(expires_at === null ? null : new Date(expires_at).toISOString());
    if (created_at !== null) expect(is?.['created_at']).toBe(new Date(created_at).toISOString());
  }
}

/** Rows, columns and keys, as far as a revert gives them back. */
async function stateOf(dataSource: DataSource) {
  const queryRunner = dataSource.createQueryRunner();
  const path = dataSource.getMetadata(UserConnectionToken).tablePath;
  const { columns, keys } = await engineOf(dataSource).catalogue.shapeOf(queryRunner, path);
  await queryRunner.release();
  return {
    rows: await rowsOf(dataSource, TABLE),
    columns: columns.map(({ name, type, nullable, default: initial }) => ({
      name,
      type: type.toLowerCase(),
      nullable,
      initial,
    })),
    odd: keys
      .filter(({ name, isWhole }) => !isWhole && !name.startsWith('IDX_'))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    keys: keys.map(({ columns: names, isUnique }) => `${names.join()} ${isUnique}`).toSorted(),
  };
}

/** Without what an adoption fills with the time at which it runs. */
function withoutNow(foreign: ForeignTokens, rows: Rows): Rows {
  return rows.map(({ updated_at: _now, created_at, ...row }, index) =>
    foreign.rows[index]?.instants.created_at === null ? row : { ...row, created_at },
  );
}

async function refreshes(dataSource: DataSource, endpoint: TokenEndpoint): Promise<void> {
  const oauth_config = { client_id: 'c', authorize_url: `${endpoint.origin}/a`, token_url: endpoint.url };
  const registry = connectionRegistry(parseConnections(declaration({ tracker: entry({ oauth_config }) })));
  const cipher = parseKeyRing(`k1:${keyOf('1')}`, {
    legacy: [fernetFormat('legacy-jwt-secret-for-fixtures')],
  });
  const given = { cipher, logger: recordingLogger(), publicUrl: 'https://api.example.test' };
  const connections = new Connections({ dataSource, registry }, given);
  const [row] = await rowsOf(dataSource, TABLE);
  endpoint.nextAnswer(200, {
    access_token: 'new',
    refresh_token: 'newer',
    token_type: 'Bearer',
    expires_in: 3600,
  });
  try {
    const account = String(row?.['account']);
    const { accessToken } = await connections.getAccessToken('ada', 'tracker', { account });
    expect(accessToken).toBe('new');
    const [saved] = await rowsOf(dataSource, TABLE);
    expect(saved).toMatchObject({
      generation: Number(row?.['claimed_generation']) + 1,
      lease_expires_at: null,
    });
  } finally {
    await connections.close();
  }
}

async function dropAll(dataSource: DataSource): Promise<void> {
  const names = [
    TABLE,
    'users',
    'connection_configs',
    'connection_oauth_states',
    'connection_client_registrations',
  ];
  await runInSchema(
    dataSource,
    [...names, 'connection_migrations', 'connection_adoptions'].map((name) => `DROP TABLE IF EXISTS ${name}`),
  );
}

async function create(dataSource: DataSource, { columns, keys, rows, users }: ForeignTokens): Promise<void> {
  const listed = columns.map(({ name, type, rest }) => `${name} ${type} ${rest}`).join(', ');
  if (users !== null) await runInSchema(dataSource, [`CREATE TABLE users (id ${users} PRIMARY KEY)`]);
  await runInSchema(dataSource, [`CREATE TABLE ${TABLE} (${listed})`, ...keys]);
  const { tablePath } = dataSource.getMetadata(UserConnectionToken);
  const known = new Set<unknown>();
  for (const { values } of rows) {
    if (users !== null && !known.has(values['user_id'])) {
      known.add(values['user_id']);
      const path = tablePath.replace(TABLE, 'users');
      const placeholder = engineOf(dataSource).dialect.placeholder(1);
      await dataSource.query(`INSERT INTO ${path} VALUES (${placeholder})`, [values['user_id']]);
    }
    const names = Object.keys(values);
    const { placeholder } = engineOf(dataSource).dialect;
    const places = names.map((_, index) => placeholder(index + 1)).join(', ');
    await dataSource.query(
      `INSERT INTO ${tablePath} (${names.join(', ')}) VALUES (${places})`,
      Object.values(values),
    );
  }
}
