/**
 * Settings of a session of MariaDB or MySQL that change how a migration's statements and values are read and written, or
 * whether they are kept at all.
 */
import type { QueryRunner } from 'typeorm';
import { literal } from '../names';

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

/** Those whose values are numbers, which the driver may give as texts. */
const NUMBERS = new Set([
  'sql_select_limit',
  ...Object.keys(SETTINGS).filter((name) => SETTINGS[name] === Number(SETTINGS[name])),
]);

/** Runs `work` with the known settings, then restores those of the pooled session. */
export async function withKnownSession<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  const read = Object.keys(SETTINGS).map((name) => `@@SESSION.${name} AS ${name}`);
  const [before] = await queryRunner.query(`SELECT ${read.join(', ')}`);
  await queryRunner.query(setting(SETTINGS));
  try {
    return await work();
  } finally {
    await queryRunner.query(setting(before)).catch(() => undefined);
  }
}

function setting(values: Readonly<Record<string, string | number | null>>): string {
  const assignments = Object.entries(values).map(([name, value]) => {
    const written = value === null ? 'NULL' : NUMBERS.has(name) ? String(value) : literal(String(value));
    return `SESSION ${name} = ${written}`;
  });
  return `SET ${assignments.join(', ')}`;
}
