/** Runs a set of migrations or checks it, as the host's option `migrations` says. */
import type { DataSource } from 'typeorm';
import type { MigrationClass, MigrationOptions, MigrationSet } from '../database/migration-runner';
import { checkMigrations, runMigrations } from '../database/migration-runner';
import { ConnectionsError, quote } from '../errors';
import type { Check } from '../options';
import { checkOptions, required } from '../options';
import type { Log } from '../logging';
import { connectionMigrationSet } from '../migrations';

/** What a start does about migrations, those of this package and those of a subclass. */
export type MigrationsMode =
  /** Runs pending migrations, under a lock. */
  | 'run'
  /** Stops the start with `migrations_pending` if there are any; for a database role that may not change tables. */
  | 'check'
  /** Neither runs nor checks; for a host that runs `connectionMigrations` itself. */
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
      `A newer release has migrated this database (${names}). This release works with it; upgrade when you can.`,
    );
  }
  for (const name of outcome.ran) options.log('info', `Migration ${quote(name)} was run.`);
  return outcome.ran;
}

const historyName: Check = (value) => {
  const isName = typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(value);
  if (isName && `${value}_migrations` !== connectionMigrationSet.history) return undefined;
  return 'a name of at most 40 letters, digits and underscores that begins with a letter and is not `connection`';
};

const migrationClasses: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'function')
    ? undefined
    : 'a list of migration classes';

/**
 * The set for a subclass's own migrations.
 * @param name part of the name of their history table
 * @throws ConnectionsError `option_invalid`
 */
export function ownMigrationSet(name: string, migrations: readonly MigrationClass[]): MigrationSet {
  checkOptions(
    'context.runMigrations',
    { name, migrations },
    { name: required(historyName), migrations: required(migrationClasses) },
  );
  return { history: `${name}_migrations`, migrations };
}

async function check(dataSource: DataSource, set: MigrationSet, options: MigrationOptions) {
  const { pending, unknown } = await checkMigrations(dataSource, set, options);
  if (pending.length === 0) return { ran: [], unknown };
  const advice =
    set === connectionMigrationSet
      ? 'Call `runConnectionMigrations(dataSource)`'
      : "Start the store once with `migrations: 'run'`";
  throw new ConnectionsError(
    'migrations_pending',
    `These migrations have not run: ${pending.map((name) => quote(name)).join(', ')}. This start only checks them. ` +
      `${advice} with a database role that may change tables, then start again.`,
  );
}
