/** How MariaDB and MySQL read instants: by a regular expression, or a date by its parts, since one may be of no calendar. */
import { inOurForm, KNOWN, OURS, withoutUtc } from '../sql/instant-text';
import type { InstantSql } from '../sql/instant-text';
import type { ColumnKind } from '../table-shape';

/** What no instant has: to the server, a text also ends before a line break, of which some releases know five. */
const OTHER = '[^-0-9TZ:. +]';

export function instantSql(column: string, kinds: readonly ColumnKind[]): InstantSql {
  const text = `CONVERT(${column} USING utf8mb4)`;
  const written = inOurForm(withoutUtc(text), (...parts) => `CONCAT(${parts.join(', ')})`);
  if (kinds.includes('instant')) {
    const isDate = `DAYOFMONTH(${column}) BETWEEN 1 AND DAYOFMONTH(LAST_DAY(${column}))`;
    const isKnown = `COALESCE(${column} >= '1970-01-01' AND ${isDate}, FALSE)`;
    return { text, isOurs: 'FALSE', isKnown, isTotal: false, saysUtc: 'FALSE', written };
  }
  const matches = (pattern: string) => `${text} COLLATE utf8mb4_bin REGEXP '${pattern}'`;
  return {
    text,
    isOurs: `(${matches(OURS)} AND NOT ${matches(OTHER)})`,
    isKnown: `(${matches(KNOWN)} AND NOT ${matches(OTHER)})`,
    isTotal: false,
    saysUtc: `${withoutUtc(text)} <> ${text}`,
    written,
  };
}
