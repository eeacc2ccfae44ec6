/**
 * The session of a migration: the lock, and the settings that change how its statements and values are read and written. All of it ends
 * with the transaction.
 */
import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { literal } from '../names';
import { inTransaction } from '../transaction';
import { milliseconds } from './client';

/** First half of every advisory lock key of this package: "mcpc" in ASCII. */
const LOCK_CLASS = 0x6d637063;

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
async function useKnownSettings(queryRunner: QueryRunner): Promise<void> {
  const calls = Object.entries(SETTINGS).map(
    ([name, value], index) => `set_config(${literal(name)}, ${literal(value)}, true) AS s${index}`,
  );
  await queryRunner.query(`SELECT ${calls.join(', ')}`);
}

export function underMigrationLock<Result>(
  queryRunner: QueryRunner,
  key: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  return inTransaction(queryRunner, async () => {
    await queryRunner.query(`SET LOCAL lock_timeout = ${milliseconds(timeoutMs)}`);
    await queryRunner.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, hash32(key)]);
    await useKnownSettings(queryRunner);
    return work();
  });
}

function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}
