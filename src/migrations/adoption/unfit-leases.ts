/** Refuses a table with leases that end too late, whoever wrote them. */
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { unknownInstants } from './convert';
import type { LegacyColumn } from './legacy-columns';
import { unfit } from './unfit-error';

const LEASE = 'leaseExpiresAt';

/** As long as a lease of ours may be. */
const LEAST_WAIT_MS = 600_000;

function latestLease(): string {
  return new Date(Date.now() + LEAST_WAIT_MS).toISOString();
}

/** A condition on rows that SQL knows, with a lease that ends later than one of ours could. */
export function lateLease(
  { dialect }: MigrationContext,
  instants: readonly LegacyColumn[],
  isUnknown: string,
): string {
  const lease = instants.find(({ property }) => property === LEASE);
  if (!lease) return '1 = 0';
  const latest = dialect.exactText(`'${latestLease()}'`);
  return `(NOT (${isUnknown}) AND ${dialect.exactText(`(${lease.value})`)} > ${latest})`;
}

/**
 * A lease that does not end would keep a token from being refreshed. Reads the instants that SQL does not know, too.
 * @param counts of rows with an instant that SQL does not know, and of those with a late lease that it knows
 */
export async function refuseLeases(
  context: MigrationContext,
  table: ResolvedTable,
  instants: readonly LegacyColumn[],
  { unknown, late }: { readonly unknown: number; readonly late: number },
): Promise<void> {
  const position = instants.findIndex(({ property }) => property === LEASE);
  const latest = latestLease();
  let count = late;
  if (unknown > 0) {
    for await (const rows of unknownInstants(context, table, instants)) {
      count += rows.filter(({ texts }) => (texts[position] ?? '') > latest).length;
    }
  }
  if (count === 0) return;
  throw unfit(
    table,
    `column ${quote(table.nameOf(LEASE))} has instants in the future (rows: ${count}), until which no token would ` +
      'be refreshed',
    'Rename that column, or set it to NULL',
  );
}
