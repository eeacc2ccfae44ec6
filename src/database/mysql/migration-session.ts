/**
 * The session of a migration: a named lock, which is valid for the whole server, and the settings that change how its statements and
 * values are read and written, or whether they are kept at all.
 */
import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { ConnectionsError } from '../../errors';
import { literal } from '../names';
import { seconds, withLockWait } from './lock-limits';

/** The mode first: it says how the texts after it are read. Zero dates are allowed, since rows may have them. */
const SETTINGS: Readonly<Record<string, string | number>> = {
  sql_mode: 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  autocommit: 1,
  time_zone: '+00:00',
  character_set_client: 'utf8mb4',
  character_set_results: 'utf8mb4',
  collation_connection: 'utf8mb4_general_ci',
  foreign_key_checks: 1,
  unique_checks: 1,
  sql_safe_updates: 0,
  sql_select_limit: '18446744073709551615',
  sql_auto_is_null: 0,
  sql_quote_show_create: 1,
};

/** TypeORM reads the keys of a table by joins that take MariaDB 10.11 twenty times as long if it merges their parts. */
const merging = (value: 'on' | 'off') => ({ optimizer_switch: `derived_merge=${value}` });

/** Those whose values are numbers, which the driver may give as texts. */
const NUMBERS = new Set([
  'sql_select_limit',
  ...Object.keys(SETTINGS).filter((name) => SETTINGS[name] === Number(SETTINGS[name])),
]);

/** Runs `work` with the known settings, then restores those of the pooled session. */
async function withKnownSession<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  const read = Object.keys(SETTINGS).map((name) => `@@SESSION.${name} AS ${name}`);
  const [{ version, switches, ...before }] = await queryRunner.query(
    `SELECT ${read.join(', ')}, VERSION() AS version, @@SESSION.optimizer_switch AS switches`,
  );
  const isMerged = /mariadb/i.test(version) && String(switches).includes('derived_merge=on');
  await queryRunner.query(setting({ ...SETTINGS, ...(isMerged && merging('off')) }));
  try {
    return await work();
  } finally {
    await queryRunner.query(setting({ ...before, ...(isMerged && merging('on')) })).catch(() => undefined);
  }
}

function setting(values: Readonly<Record<string, string | number | null>>): string {
  const assignments = Object.entries(values).map(([name, value]) => {
    const written = value === null ? 'NULL' : NUMBERS.has(name) ? String(value) : literal(String(value));
    return `SESSION ${name} = ${written}`;
  });
  return `SET ${assignments.join(', ')}`;
}

export function underMigrationLock<Result>(
  queryRunner: QueryRunner,
  key: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  return withKnownSession(queryRunner, async () => {
    const limit = seconds(timeoutMs);
    const name = `mcp-connections:${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
    const [lock] = await queryRunner.query(`SELECT GET_LOCK('${name}', ${limit}) AS taken`);
    if (Number(lock.taken) !== 1) {
      throw new ConnectionsError(
        'database_busy',
        `Another process held the migration lock for longer than ${limit} s. Start again when it has finished, or raise ` +
          '`lockTimeoutMs`.',
      );
    }
    try {
      return await withLockWait(queryRunner, limit, work);
    } finally {
      await queryRunner.query(`SELECT RELEASE_LOCK('${name}')`).catch(() => undefined);
    }
  });
}
