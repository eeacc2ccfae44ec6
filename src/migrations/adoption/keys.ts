/**
 * The keys of an adopted table. One that is partial, or over a part of a value, is neither taken for ours nor dropped.
 */
import type { Table, TableIndex, TableUnique } from 'typeorm';
import type { FoundKey, TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import type { ResolvedTable } from '../own-table';
import type { FoundTable } from './foreign-table';
import { readTable } from './foreign-table';

/** Our indexes that have no equivalent over the same columns, under any name; a partial index counts only under our name. */
export function missingKeys(shape: TableShape, target: Table): TableIndex[] {
  return target.indices.filter(({ name, columnNames, isUnique, where }) => {
    const hasOrder = (columns: readonly string[]) =>
      columnNames.every((own, place) => columns[place] === own);
    return !shape.keys.some(
      (key) =>
        (key.isWhole || (Boolean(where) && key.name === name)) &&
        (key.isUnique || !isUnique) &&
        sameColumns(key.columns, columnNames) &&
        (isUnique || hasOrder(key.columns)),
    );
  });
}

/** The unique keys over user and connection, which would leave no room for a second account. */
function replacedKeys(shape: TableShape, { nameOf }: ResolvedTable): FoundKey[] {
  const narrow = [nameOf('userId'), nameOf('connectionName')];
  return shape.keys.filter((key) => key.isUnique && key.isWhole && sameColumns(key.columns, narrow));
}

/** Those of them that are constraints of the table. */
export function narrowConstraints(present: Table, shape: TableShape, table: ResolvedTable): TableUnique[] {
  const narrow = replacedKeys(shape, table);
  return present.uniques.filter(({ columnNames }) =>
    narrow.some(({ columns }) => sameColumns(columns, columnNames)),
  );
}

/** Creates our unique keys before it drops the narrower one: a foreign key may need an index at every moment. */
export async function replaceKeys(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const { queryRunner, schema } = context;
  const { target } = table;
  const shape = await context.shapeOf(target.name);
  const wanted = missingKeys(shape, target);
  const narrow = replacedKeys(shape, table);
  const present = await readTable(context, table);
  if (wanted.length > 0) await schema.addIndexes(queryRunner, present, wanted);
  if (narrowConstraints(present, shape, table).length > 0) {
    await schema.keepingTriggersAndIndexes(queryRunner, target.name, async () => {
      const now = await readTable(context, table);
      for (const constraint of narrowConstraints(now, shape, table)) {
        await queryRunner.dropUniqueConstraint(now, constraint);
      }
    });
  }
  await dropIndexes(context, table, (name) => narrow.some((key) => key.name === name));
}

/** Gives the old keys back, then drops those that the adoption made. */
export async function restoreKeys(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const { queryRunner } = context;
  const { target } = table;
  const shape = await context.shapeOf(target.name);
  const present = new Set(shape.keys.map(({ name }) => name));
  // MariaDB drops the index that it made for a foreign key as soon as another one serves.
  for (const { name, isWhole, statement } of before.keys) {
    if (isWhole && !present.has(name)) await queryRunner.query(statement);
  }
  const old = new Set(before.keys.map(({ name }) => name));
  const ours = new Set(target.indices.map(({ name }) => name));
  await dropIndexes(context, table, (name) => ours.has(name) && !old.has(name));
}

async function dropIndexes(
  context: MigrationContext,
  table: ResolvedTable,
  isDropped: (name: string) => boolean,
): Promise<void> {
  // TypeORM takes what is dropped out of the list itself.
  const indices = [...(await readTable(context, table)).indices];
  for (const index of indices) {
    if (isDropped(index.name ?? '')) await context.queryRunner.dropIndex(table.target.name, index);
  }
}

function sameColumns(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
