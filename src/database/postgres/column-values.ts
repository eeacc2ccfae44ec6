/** Values of columns of PostgreSQL. Instants are read by their own type, whatever the year, or as texts by a regular expression. */
import type { ColumnKind, FoundColumn } from '../catalogue';
import { widthOf } from '../catalogue';
import type { ColumnValues, InstantSql } from '../column-values';
import { inOurForm, KNOWN, OURS, withoutUtc } from '../column-values';

/** In a session whose time zone is UTC. */
function instantSql(column: string, kinds: readonly ColumnKind[]): InstantSql {
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

export const postgresColumnValues: ColumnValues = {
  holdsAnyText: false,

  ignoresSpaces: () => false,

  notText: () => null,

  tooLong(column, { length }, found) {
    if (length === '' || limitOf(found) <= Number(length)) return null;
    return `LENGTH(${column}::text) > ${Number(length)}`;
  },

  lostIn(column, found) {
    const limit = limitOf(found);
    return limit === Infinity ? null : `LENGTH(${column}::text) > ${limit}`;
  },

  instant: instantSql,

  wideType: ({ type, length }) => ({ type, length }),
};

/** The most characters of a text; Infinity where its type has no limit. */
function limitOf(found: FoundColumn): number {
  return found.type.startsWith('character') ? widthOf(found) : Infinity;
}
