/** The columns of instants that a table had before its adoption, and how SQL reads the values that they have now. */
import type { MigrationContext } from '../../database/migration-context';
import type { InstantSql } from '../../database/sql/instant-text';
import type { TableShape } from '../../database/table-shape';
import type { ResolvedTable } from '../own-table';
import type { FoundTable } from './record';

export interface LegacyColumn {
  readonly property: string;
  readonly name: string;
  /** IANA name, for values without an offset. */
  readonly zone: string;
  readonly sql: InstantSql;
  /** Whether SQL can convert whatever value there is. */
  readonly isTotal: boolean;
  /** A condition on values that are not in our form. */
  readonly isForeign: string;
  /** A condition on values of which only JavaScript knows what they mean. */
  readonly isUnknown: string;
  /** A condition on values that may be no instant at all. */
  readonly isDoubtful: string;
  /** An expression for what SQL makes of a value; one that is unknown stays as it is. */
  readonly value: string;
}

/** @param shape of the table as it is now */
export function legacyColumns(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  { columns }: TableShape,
): LegacyColumn[] {
  return table.own.columns.flatMap(({ property, instant }) => {
    const name = table.nameOf(property);
    const found = before.columns.find((column) => column.name === name);
    const now = columns.find((column) => column.name === name);
    if (instant === undefined || !found || !now) return [];
    const zone = instant === 'local' && !found.absolute ? before.zone : 'UTC';
    const column = context.escape(name);
    const sql = context.schema.instant(column, now.kinds);
    const isKnown = zone === 'UTC' ? sql.isKnown : `(${sql.isKnown} AND ${sql.saysUtc})`;
    return {
      property,
      name,
      zone,
      sql,
      isTotal: sql.isTotal && zone === 'UTC',
      isForeign: `(${column} IS NOT NULL AND NOT ${sql.isOurs})`,
      isUnknown: `(${column} IS NOT NULL AND NOT (${sql.isOurs} OR ${isKnown}))`,
      isDoubtful: `(${column} IS NOT NULL AND NOT (${sql.isOurs} OR ${sql.isKnown}))`,
      value: `CASE WHEN ${isKnown} THEN ${sql.written} ELSE ${sql.text} END`,
    };
  });
}

/** A condition on rows of which one of the conditions holds. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '1 = 0' : conditions.join(' OR ');
}
