/**
 * Refuses values in columns whose meaning is ours alone: what another program put there would be believed, and a lease that
 * does not end would keep a token from being refreshed.
 */
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import type { RowValues } from '../../database/statement';
import { quote } from '../../errors';
import type { OwnColumn, ResolvedTable } from '../own-table';
import { withOurCollation } from './duplicates';
import { unfit } from './foreign-table';
import type { InstantColumn } from './instant-columns';
import { anyOf, readInstants } from './instant-columns';
import { pagesOf } from './rows';

const LEASE = 'leaseExpiresAt';

/** The longest lease that is accepted: well above the longest that we write (`MAX_LEASE_MS`). */
const ACCEPTED_LEASE_MS = 600_000;

function latestLease(): string {
  return new Date(Date.now() + ACCEPTED_LEASE_MS).toISOString();
}

/** A condition on rows that SQL can judge and whose lease ends later than one of ours could. */
export function lateLease({ dialect }: MigrationContext, instants: readonly InstantColumn[]): string {
  const lease = instants.find(({ property }) => property === LEASE);
  if (!lease) return '1 = 0';
  const latest = dialect.exactText(`'${latestLease()}'`);
  return `(NOT (${isUndecided(instants)}) AND ${dialect.exactText(`(${lease.value})`)} > ${latest})`;
}

/** A condition on rows of which only JavaScript can say whether they are refused: for a lease, or for what is no instant. */
export function isUndecided(instants: readonly InstantColumn[]): string {
  return anyOf(
    instants.map(({ property, isUnknown, isDoubtful }) => (property === LEASE ? isUnknown : isDoubtful)),
  );
}

/**
 * Refuses leases that end too late, and values that are not instants.
 * @param counts number of rows that only JavaScript can judge (`undecided`), and of the others with a late lease (`late`)
 */
export async function refuseLeases(
  context: MigrationContext,
  table: ResolvedTable,
  instants: readonly InstantColumn[],
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

/** Rows whose values are in memory at once. */
const ROWS_READ = 5000;

/** Columns whose values only we give a meaning to: what another program put there would stop a refresh, or be believed. */
export async function refuseUnknown(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): Promise<void> {
  const own = table.own.columns.filter(
    ({ property, accepts }) =>
      accepts !== undefined && columns.some(({ name }) => name === table.nameOf(property)),
  );
  if (own.length === 0) return;
  const names = own.map(({ property }) => table.nameOf(property));
  const values = names.map((name) => withOurCollation(context, table, name));
  for await (const rows of pagesOf(context, table, { rows: ROWS_READ, columns: values, where: '1 = 1' })) {
    for (const [, ...row] of rows) refuseForeign(table, own, row);
  }
}

function refuseForeign(table: ResolvedTable, own: readonly OwnColumn[], row: RowValues): void {
  const wrong = own.findIndex(
    ({ accepts }, index) => row[index] !== null && !accepts?.test(`${row[index] as string | number}`),
  );
  const valueOf = (property: string) => row[own.findIndex((column) => column.property === property)] ?? null;
  const saved = Number(valueOf('generation') ?? 0);
  const isAhead =
    saved > Number(valueOf('claimedGeneration') ?? 0) || (saved > 0 && valueOf('configFingerprint') === null);
  if (wrong < 0 && !isAhead) return;
  const name = table.nameOf(own[wrong]?.property ?? 'generation');
  throw unfit(
    table,
    `column ${quote(name)} has a name that mcp-connections uses, and values that it does not write`,
    'Rename that column, or drop it',
  );
}
