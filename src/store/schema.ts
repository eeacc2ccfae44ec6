/** Brings a migration set to the database in the way the host chose: run it, check it, or leave it alone. */
import type { DataSource } from 'typeorm';
import type { MigrationClass, MigrationOptions, MigrationSet } from '../database/migration-runner';
import { checkMigrations, runMigrations } from '../database/migration-runner';
import { ConnectionsError, quote } from '../errors';
import type { Log } from '../logging';
import { connectionMigrationSet } from '../migrations';

/** What a start does about migrations, ours and those of a subclass. */
export type MigrationsMode =
  /** Runs what has not run, under a lock. */
  | 'run'
  /** Stops the start with `migrations_pending` if anything has not run; for a role that may not change tables. */
  | 'check'
  /** Neither runs nor looks; for a host that runs `connectionMigrations` itself. */
  | 'off';

/** @throws ConnectionsError `migrations_pending` in mode `check`, else as `runMigrations` does */
export async function bringSchema(
  dataSource: DataSource,
  set: MigrationSet,
  mode: MigrationsMode,
  options: MigrationOptions & { readonly log: Log },
): Promise<readonly string[]> {
  if (mode === 'off') return [];
  const outcome =
    mode === 'run' ? await runMigrations(dataSource, set, options) : await check(dataSource, set, options);
  if (outcome.unknown.length > 0) {
    const names = outcome.unknown.map((name) => quote(name)).join(', ');
    options.log(
      'warn',
      `A newer release has migrated this database (${names}). This one works with it; upgrade when you can.`,
    );
  }
  for (const name of outcome.ran) options.log('info', `Migration ${quote(name)} was run.`);
  return outcome.ran;
}

/**
 * The set for a subclass's own migrations.
 * @throws ConnectionsError `migration_failed` for a name that cannot be part of a table's name
 */
export function ownMigrationSet(name: string, migrations: readonly MigrationClass[]): MigrationSet {
  const history = `${name}_migrations`;
  if (/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name) && history !== connectionMigrationSet.history) {
    return { history, migrations };
  }
  throw new ConnectionsError(
    'migration_failed',
    `A history cannot be called ${quote(name)}. Give \`runMigrations\` a name of letters, digits and underscores, ` +
      'at most 40, that begins with a letter and is not "connection".',
  );
}

async function check(dataSource: DataSource, set: MigrationSet, options: MigrationOptions) {
  const { pending, unknown } = await checkMigrations(dataSource, set, options);
  if (pending.length === 0) return { ran: [], unknown };
  const call =
    set === connectionMigrationSet ? 'runConnectionMigrations(dataSource)' : "a start with migrations: 'run'";
  throw new ConnectionsError(
    'migrations_pending',
    `The database lacks ${pending.map((name) => quote(name)).join(', ')}, and this start may only check. ` +
      `Run ${call} with a role that may change tables, then start again.`,
  );
}
