/** Checks the values of a table before it is adopted: each must have a place in our columns, and let our statements work. */
import type { MigrationContext } from '../../database/migration-context';
import type { TableShape } from '../../database/table-shape';
import { hasColumn } from '../../database/table-shape';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { readInstants } from './convert';
import { refuseDuplicates, withOurCollation } from './duplicates';
import type { FoundTable } from './record';
import { tooLongFor } from './rows';
import { unfit } from './unfit-error';

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function refuseUnfitValues(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  before: FoundTable,
): Promise<void> {
  // The rows of such a table are deleted.
  if (table.own.shortLived) return;
  await refuseNulls(context, table, shape);
  await refuseBinary(context, table, shape);
  await refuseNumbersForBooleans(context, table, shape);
  await refuseWideKeys(context, table, shape);
  await refuseDuplicates(context, table, shape);
  await refuseUnknown(context, table, shape);
  const instants = await readInstants(context, table, before);
  refuseLeases(
    table,
    instants.map(({ texts }) => texts),
  );
}

async function refuseNulls(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): Promise<void> {
  for (const { property, nullable, fill, default: byDefault, instant } of table.own.columns) {
    const name = table.nameOf(property);
    const isGiven =
      nullable === true || fill !== undefined || byDefault !== undefined || instant !== undefined;
    if (isGiven || !columns.find((column) => column.name === name)?.nullable) continue;
    const count = await context.count(table.target.name, `${context.escape(name)} IS NULL`);
    if (count === 0) continue;
    throw unfit(
      table,
      `column ${quote(name)} must not be NULL (rows with NULL: ${count})`,
      'Set a value in those rows or delete them',
    );
  }
}

async function refuseBinary(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): Promise<void> {
  for (const { name } of columns.filter(({ kinds }) => kinds.includes('text') || kinds.includes('json'))) {
    const condition = context.schema.notText(context.escape(name));
    const count = condition === null ? 0 : await context.count(table.target.name, condition);
    if (count > 0) {
      throw unfit(
        table,
        `column ${quote(name)} has values that are bytes and no text (rows: ${count})`,
        'Change them to text',
      );
    }
  }
}

/** Where an engine keeps true and false as numbers. */
async function refuseNumbersForBooleans(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
): Promise<void> {
  for (const { property } of table.own.columns.filter(({ type }) => type === 'boolean')) {
    const name = table.nameOf(property);
    if (!hasColumn(shape, name, 'integer')) continue;
    const count = await context.count(table.target.name, `${context.escape(name)} NOT IN (0, 1)`);
    if (count === 0) continue;
    throw unfit(
      table,
      `column ${quote(name)} has values other than 0, 1 and NULL (rows: ${count})`,
      'Change them to 0 or 1',
    );
  }
}

/** A column that stays as wide as it is must fit into our keys all the same. */
async function refuseWideKeys(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): Promise<void> {
  const { keyBytes } = context.schema;
  if (keyBytes === null) return;
  const { own, target, keyColumn, nameOf } = table;
  // They get our form, which fits, whatever their form is now.
  const instants = new Set(
    own.columns.filter(({ instant }) => instant).map(({ property }) => nameOf(property)),
  );
  const keys = [[keyColumn], ...target.indices.map(({ columnNames }) => columnNames)];
  const keyed = target.columns.filter(
    ({ name }) =>
      keys.flat().includes(name) && !instants.has(name) && columns.some((column) => column.name === name),
  );
  const tooLong = await tooLongFor(context, target.name, keyed);
  const lengthOf = (name: string) => {
    const type = columns.find((column) => column.name === name)?.type ?? '';
    const ours = Number(target.findColumnByName(name)?.length);
    return tooLong.has(name) ? Number(/^varchar\((\d+)\)/.exec(type)?.[1] ?? Infinity) : ours;
  };
  for (const key of keys) {
    const bytes = key.reduce((sum, name) => sum + lengthOf(name) * BYTES_OF_CHARACTER, 0);
    const name = key.find((one) => tooLong.has(one));
    if (name === undefined || bytes <= keyBytes) continue;
    throw unfit(
      table,
      `column ${quote(name)} has values of more than ${target.findColumnByName(name)?.length} characters, with which it is too ` +
        'wide for a key',
      'Shorten those values or delete their rows',
    );
  }
}

const BYTES_OF_CHARACTER = 4;

/** Columns whose values only we give a meaning to: what another program put there would stop a refresh, or be believed. */
async function refuseUnknown(
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
  const listed = names.map((name) => withOurCollation(context, table, name)).join(', ');
  const rows = await context.read({
    sql: `SELECT DISTINCT ${listed} FROM ${context.path(table.target.name)}`,
  });
  for (const row of rows) {
    const wrong = own.findIndex(
      ({ accepts }, index) => row[index] !== null && !accepts?.test(`${row[index] as string | number}`),
    );
    const valueOf = (property: string) =>
      row[own.findIndex((column) => column.property === property)] ?? null;
    const saved = Number(valueOf('generation') ?? 0);
    const isAhead =
      saved > Number(valueOf('claimedGeneration') ?? 0) ||
      (saved > 0 && valueOf('configFingerprint') === null);
    if (wrong < 0 && !isAhead) continue;
    const name = wrong < 0 ? table.nameOf('generation') : (names[wrong] ?? '');
    throw unfit(
      table,
      `column ${quote(name)} has a name that mcp-connections uses, and values that it does not write`,
      'Rename that column, or drop it',
    );
  }
}

/** A lease that does not end would keep a token from being refreshed. */
function refuseLeases(table: ResolvedTable, rows: readonly (readonly (string | null)[])[]): void {
  const instants = table.own.columns.filter(({ instant }) => instant !== undefined);
  const position = instants.findIndex(({ property }) => property === 'leaseExpiresAt');
  if (position < 0) return;
  const latest = new Date(Date.now() + LEAST_WAIT_MS).toISOString();
  const count = rows.filter((texts) => (texts[position] ?? '') > latest).length;
  if (count === 0) return;
  throw unfit(
    table,
    `column ${quote(table.nameOf('leaseExpiresAt'))} has instants in the future (rows: ${count}), until which no token would ` +
      'be refreshed',
    'Rename that column, or set it to NULL',
  );
}

/** As long as a lease of ours may be. */
const LEAST_WAIT_MS = 600_000;
