/**
 * On MariaDB, columns become ours before their values do, in one ALTER: what stands in them must not stop it.
 *
 * @module-tag long
 */
import { describe, expect, inject, it } from 'vitest';
import { ConnectionConfig, UserConnectionToken } from '../../../src';
import { runConnectionMigrations } from '../../../src/migrations';
import { legacyDatabase, rowsOf, tableOf } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';

/** No instant is missing. */
const complete = ['created_at', 'updated_at'].map(
  (name) => `UPDATE ${tokens} SET ${name} = '2025-12-01 11:43:13' WHERE ${name} IS NULL`,
);

async function adopted(statements: readonly string[]) {
  const dataSource = await legacyDatabase('mariadb', 'a', [...complete, ...statements]);
  const logger = recordingLogger();
  await runConnectionMigrations(dataSource, { logger });
  return { dataSource, logger };
}

describe.runIf(inject('engines').includes('mariadb'))('An adoption on MariaDB', () => {
  it.each([
    ['a zero date', 'DATETIME', '0000-00-00 00:00:00'],
    ['an empty text', 'VARCHAR(20)', ''],
    ['an empty text, in a wider column', 'VARCHAR(30)', ''],
  ])('replaces %s, in a column that must have a value, by the time', async (_, type, value) => {
    const { dataSource } = await adopted([
      `ALTER TABLE ${tokens} MODIFY created_at DATETIME`,
      `ALTER TABLE ${tokens} MODIFY created_at ${type} NOT NULL`,
      `UPDATE IGNORE ${tokens} SET created_at = '${value}' WHERE id = 't-1'`,
    ]);
    const [row] = await rowsOf(dataSource, tokens);
    expect(Date.parse(String(row?.['created_at']))).toBeGreaterThan(Date.now() - 60_000);
    const { columns } = await tableOf(dataSource, UserConnectionToken);
    expect(columns.find(({ name }) => name === 'created_at')?.isNullable).toBe(false);
  });

  it('narrows a column of instants that is too wide for our indexes', async () => {
    const { dataSource } = await adopted([`ALTER TABLE ${tokens} MODIFY expires_at VARCHAR(500)`]);
    const { columns } = await tableOf(dataSource, UserConnectionToken);
    expect(columns.find(({ name }) => name === 'expires_at')?.length).toBe('24');
    const rows = await rowsOf(dataSource, tokens);
    expect(rows.map((row) => row['expires_at'])).toEqual([
      '2025-12-01T12:43:13.500Z',
      null,
      '2099-01-01T00:00:00.000Z',
    ]);
  });

  it('fills a column that keeps a text longer than ours, and says so once', async () => {
    const long = 'x'.repeat(40);
    const { dataSource, logger } = await adopted([
      'ALTER TABLE connection_configs MODIFY transport VARCHAR(60)',
      `UPDATE connection_configs SET transport = '${long}' WHERE name = 'github'`,
      "UPDATE connection_configs SET transport = NULL WHERE name = 'atlassian'",
    ]);
    const { columns } = await tableOf(dataSource, ConnectionConfig);
    const transport = columns.find(({ name }) => name === 'transport');
    expect([transport?.length, transport?.isNullable]).toEqual(['60', false]);
    const rows = await rowsOf(dataSource, 'connection_configs');
    const transports = Object.fromEntries(rows.map((row) => [row['name'], row['transport']]));
    expect(transports).toMatchObject({ github: long, atlassian: 'sse' });
    expect(logger.lines.filter((line) => line.includes('longer than our limit'))).toHaveLength(1);
  });
});
