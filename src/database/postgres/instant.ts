/** How PostgreSQL reads instants: dates by their own type, whatever the year; texts by a regular expression. */
import { inOurForm, KNOWN, OURS, withoutUtc } from '../sql/instant-text';
import type { InstantSql } from '../sql/instant-text';
import type { ColumnKind } from '../table-shape';

/** In a session whose time zone is UTC. */
export function instantSql(column: string, kinds: readonly ColumnKind[]): InstantSql {
  if (kinds.includes('instant')) {
    const text = `${column}::text`;
    const written =
      `CASE WHEN ${column} < '1970-01-01' THEN '1970-01-01T00:00:00.000Z' ` +
      `WHEN ${column} >= '10000-01-01' THEN '9999-12-31T23:59:59.999Z' ` +
      `ELSE to_char(${column}::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END`;
    return { text, isOurs: 'FALSE', isKnown: 'TRUE', isTotal: true, saysUtc: 'FALSE', written };
  }
  // A collation of the column may know no regular expressions.
  const text = `(${column}::text COLLATE "C")`;
  const matches = (pattern: string) => `(${text} ~ '${pattern}')`;
  return {
    text,
    isOurs: matches(OURS),
    isKnown: matches(KNOWN),
    isTotal: false,
    saysUtc: `${withoutUtc(text)} <> ${text}`,
    written: inOurForm(withoutUtc(text), (...parts) => `(${parts.join(' || ')})`),
  };
}
