/** What keeps a table that stands there from being one of ours. Names of indexes and extra columns do not count. */
import type { QueryRunner, Table, TableColumn } from 'typeorm';
import { dataSourceOf } from '../../typeorm';

/** Whether anything would have to be done to the table. */
export function differs(queryRunner: QueryRunner, present: Table, target: Table): boolean {
  return (
    missingColumns(present, target).length > 0 ||
    target.columns.some((column) => {
      const found = present.findColumnByName(column.name);
      return found !== undefined && columnDiffers(queryRunner, found, column);
    }) ||
    missingIndexes(present, target).length > 0
  );
}

export function missingColumns(present: Table, target: Table): TableColumn[] {
  return target.columns.filter(({ name }) => !present.findColumnByName(name));
}

export function columnDiffers(queryRunner: QueryRunner, found: TableColumn, wanted: TableColumn): boolean {
  const { driver } = dataSourceOf(queryRunner);
  const typeOf = (column: TableColumn) => driver.normalizeType({ type: column.type as 'text' });
  return (
    typeOf(found) !== typeOf(wanted) ||
    (found.length || '') !== (wanted.length || '') ||
    found.isNullable !== wanted.isNullable ||
    (wanted.collation !== undefined && found.collation !== wanted.collation)
  );
}

/** Our indexes that no key over the same columns stands for, whatever its name. */
export function missingIndexes(present: Table, target: Table): Table['indices'] {
  const isThere = (columns: readonly string[], unique: boolean) =>
    present.indices.some((index) => (index.isUnique || !unique) && sameColumns(index.columnNames, columns)) ||
    present.uniques.some((key) => sameColumns(key.columnNames, columns));
  return target.indices.filter(({ columnNames, isUnique }) => !isThere(columnNames, isUnique));
}

export function sameColumns(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
