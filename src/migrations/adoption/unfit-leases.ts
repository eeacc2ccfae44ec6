/** Refuses a table with leases that end too late, whatever program wrote them. */
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import type { LegacyColumn } from './legacy-columns';
import { anyOf } from './legacy-columns';
import { readInstants } from './read-instants';
import { unfit } from './unfit-error';

const LEASE = 'leaseExpiresAt';

/** As long as a lease of ours may be. */
const LEAST_WAIT_MS = 600_000;

function latestLease(): string {
  return new Date(Date.now() + LEAST_WAIT_MS).toISOString();
}

/** A condition on rows that are decided, with a lease that ends later than one of ours could. */
export function lateLease({ dialect }: MigrationContext, instants: readonly LegacyColumn[]): string {
  const lease = instants.find(({ property }) => property === LEASE);
  if (!lease) return '1 = 0';
  const latest = dialect.exactText(`'${latestLease()}'`);
  return `(NOT (${isUndecided(instants)}) AND ${dialect.exactText(`(${lease.value})`)} > ${latest})`;
}

/** A condition on rows of which only JavaScript can say whether they are refused: for a lease, or for what is no instant. */
export function isUndecided(instants: readonly LegacyColumn[]): string {
  return anyOf(
    instants.map(({ property, isUnknown, isDoubtful }) => (property === LEASE ? isUnknown : isDoubtful)),
  );
}

/**
 * A lease that does not end would keep a token from being refreshed. Refuses what is no instant, too.
 * @param counts of rows that are undecided, and of those with a late lease that are not
 */
export async function refuseLeases(
  context: MigrationContext,
  table: ResolvedTable,
  instants: readonly LegacyColumn[],
  { undecided, late }: { readonly undecided: number; readonly late: number },
): Promise<void> {
  const position = instants.findIndex(({ property }) => property === LEASE);
  const latest = latestLease();
  let count = late;
  if (undecided > 0) {
    for await (const rows of readInstants(context, table, instants, isUndecided(instants))) {
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
