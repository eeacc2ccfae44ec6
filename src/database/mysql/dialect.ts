/** SQL of MariaDB and MySQL: rows in VALUES lists, and text that compares by the collation of its column. */
import type { Dialect } from '../dialect';
import { amongAlternatives } from '../sql/alternatives';
import { valuesLists } from '../sql/batch';
import { afterBoth, inList } from '../sql/conditions';

export const mysqlDialect: Dialect = {
  rowLock: ' FOR UPDATE',
  placeholder: () => '?',
  instantFromNow: (milliseconds) =>
    `CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3) + INTERVAL ${milliseconds * 1000} MICROSECOND, ` +
    "'%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
  // Bytes compare without a collation, whatever the character set of the column.
  exactText: (text) => `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`,
  // Columns may differ in their collations, of which none has to win once all are converted.
  lines: (texts) => `CONCAT(${texts.map((text) => `CONVERT(${text} USING utf8mb4)`).join(`, '\n', `)})`,
  among: inList,
  after: afterBoth,
  lookup: amongAlternatives,
  insert: (batch) => valuesLists(batch, backquoted),
  overwrite(batch, _key, assigned) {
    const assignments = assigned.map((name) => `${backquoted(name)} = VALUES(${backquoted(name)})`);
    return valuesLists(batch, backquoted, ` ON DUPLICATE KEY UPDATE ${assignments.join(', ')}`);
  },
};

export function backquoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
