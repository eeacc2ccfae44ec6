/** Settings of a session of PostgreSQL that change how a migration's statements and values are read and written. */
import type { QueryRunner } from 'typeorm';
import { literal } from '../names';

const SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  // A policy that hides rows makes a statement fail; hidden rows would be adopted without their values.
  row_security: 'off',
};

/** Until the transaction ends, whatever the role, the database or the pool has set. */
export async function useKnownSettings(queryRunner: QueryRunner): Promise<void> {
  const calls = Object.entries(SETTINGS).map(
    ([name, value], index) => `set_config(${literal(name)}, ${literal(value)}, true) AS s${index}`,
  );
  await queryRunner.query(`SELECT ${calls.join(', ')}`);
}
