/** What our runner passes to a migration. A migration that TypeORM's own runner executes finds no context. */
import type { QueryRunner } from 'typeorm';
import type { Log } from '../logging';

export interface MigrationContext {
  readonly log: Log;
  /** IANA name of the zone of `created_at` and `updated_at` values without an offset. */
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
