/** What our runner tells the migrations it runs; a migration that finds nothing was started by somebody else's runner. */
import type { QueryRunner } from 'typeorm';
import type { Log } from '../logging';

export interface MigrationContext {
  readonly log: Log;
  /** IANA name of the zone that naive `created_at` and `updated_at` were written in; default UTC. */
  readonly legacyTimeZone: string;
}

const contexts = new WeakMap<QueryRunner, MigrationContext>();

export async function withMigrationContext<Result>(
  queryRunner: QueryRunner,
  context: MigrationContext,
  work: () => Promise<Result>,
): Promise<Result> {
  contexts.set(queryRunner, context);
  try {
    return await work();
  } finally {
    contexts.delete(queryRunner);
  }
}

export function migrationContext(queryRunner: QueryRunner): MigrationContext | undefined {
  return contexts.get(queryRunner);
}
