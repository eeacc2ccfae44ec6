/**
 * Whatever a role, a database or a pool has set for its sessions, an adoption reads and writes the same.
 *
 * @module-tag long
 */
import type { DataSource, DataSourceOptions } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import { ConnectionConfig, UserConnectionToken } from '../../../src/entities';
import { revertConnectionMigration, runConnectionMigrations } from '../../../src/migrations';
import type { EngineName } from '../../setup/engine-name';
import { testDatabase } from '../../setup/database';
import { loadLegacy, rowsOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { postgresUrl } from '../../setup/servers';

const quiet = () => ({ logger: recordingLogger(), legacyTimeZone: 'America/New_York' });

const EXPECTED = [
  { id: 't-1', expires_at: '2025-12-01T12:43:13.500Z', created_at: '2025-12-01T16:43:13.500Z' },
  { id: 't-2', expires_at: null, created_at: '2025-11-25T14:00:00.000Z' },
  { id: 't-3', expires_at: '2099-01-01T00:00:00.000Z', created_at: expect.any(String) },
];

interface Host {
  /** A pool of one, with the settings. */
  readonly host: DataSource;
  /** Without them. */
  readonly plain: DataSource;
}

async function hostWith(
  engine: EngineName,
  options: Partial<DataSourceOptions>,
  settings: readonly string[] = [],
): Promise<Host> {
  const database = await testDatabase(engine);
  const plain = await database.connect();
  await loadLegacy(plain, engine, 'a');
  const host = await database.connect({ ...options, poolSize: 1 } as Partial<DataSourceOptions>);
  for (const setting of settings) await host.query(setting);
  return { host, plain };
}

/** What the address of a database says of its sessions goes before the options of a pool. */
function urlWith(settings: string): string {
  const url = new URL(postgresUrl);
  url.searchParams.set('options', settings);
  return url.href;
}

async function adoptsAsEver({ host, plain }: Host): Promise<void> {
  const before = await rowsOf(plain, 'user_connection_tokens');
  await runConnectionMigrations(host, quiet());
  const tokens = await rowsOf(plain, 'user_connection_tokens');
  expect(tokens.map(({ id, expires_at, created_at }) => ({ id, expires_at, created_at }))).toEqual(EXPECTED);
  expect(await plain.getRepository(ConnectionConfig).count()).toBe(3);
  // Committed, so that another process does not begin again.
  expect(await runConnectionMigrations(plain, quiet())).toEqual([]);
  await revertConnectionMigration(host);
  const after = await rowsOf(plain, 'user_connection_tokens');
  const facts = (rows: typeof after) => rows.map(({ id, expires_at }) => ({ id, expires_at }));
  expect(facts(after)).toEqual(facts(before));
  await runConnectionMigrations(host, quiet());
  expect(await plain.getRepository(UserConnectionToken).countBy({ connectionName: 'atlassian' })).toBe(1);
}

describe.runIf(inject('engines').includes('postgres'))('The settings of a session (postgres)', () => {
  it.each([
    '-c DateStyle=German',
    '-c DateStyle=SQL,DMY -c TimeZone=Asia/Tokyo',
    '-c DateStyle=Postgres -c IntervalStyle=iso_8601 -c bytea_output=escape',
    '-c standard_conforming_strings=off -c quote_all_identifiers=on -c extra_float_digits=-10',
    '-c search_path=pg_catalog',
  ])('do not change what is adopted: %s', async (options) => {
    await adoptsAsEver(await hostWith('postgres', { url: urlWith(options) }));
  });

  it('refuses a table that a new one in the first schema of the search path would hide', async () => {
    const database = await testDatabase('postgres');
    const second = await testDatabase('postgres');
    await loadLegacy(await database.connect(), 'postgres', 'a');
    const [one, other] = [database, second].map(({ options }) => (options as { schema?: string }).schema);
    const url = urlWith(`-c search_path=${other},${one}`);
    const host = await database.connect({ schema: undefined, url });
    await expect(runConnectionMigrations(host, quiet())).rejects.toMatchObject({
      code: 'tables_foreign',
      message: expect.stringContaining('Give the DataSource the `schema`'),
    });
  });
});

describe.runIf(inject('engines').includes('mariadb'))('The settings of a session (mariadb)', () => {
  it.each([
    ["SET SESSION sql_mode = ''"],
    ["SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH'"],
    ["SET SESSION sql_mode = 'TRADITIONAL,NO_ZERO_DATE,NO_ZERO_IN_DATE,PIPES_AS_CONCAT'"],
    ["SET SESSION time_zone = '+09:00'"],
    ['SET SESSION autocommit = 0'],
    [
      "SET SESSION character_set_results = 'latin1'",
      "SET SESSION collation_connection = 'latin1_swedish_ci'",
    ],
    [
      'SET SESSION sql_safe_updates = 1',
      'SET SESSION sql_select_limit = 1',
      'SET SESSION sql_auto_is_null = 1',
    ],
    ['SET SESSION sql_quote_show_create = 0', 'SET SESSION foreign_key_checks = 0'],
  ])('do not change what is adopted: %s', async (...settings) => {
    const both = await hostWith('mariadb', {}, settings);
    const now = async () =>
      both.host.query(
        'SELECT @@sql_mode, @@time_zone, @@autocommit, @@character_set_results, @@collation_connection, ' +
          '@@sql_safe_updates, @@sql_select_limit, @@foreign_key_checks, @@optimizer_switch',
      );
    const before = await now();
    await adoptsAsEver(both);
    expect(await now()).toEqual(before);
  });
});
