/** How SQLite reads instants, which are texts whatever the type says: a date is one that it writes as it was written. */
import { inOurForm, UTC_SUFFIXES, withoutUtc } from '../sql/instant-text';
import type { InstantSql } from '../sql/instant-text';

const DIGITS = '[0-9][0-9]';
const OURS = `${DIGITS}${DIGITS}-${DIGITS}-${DIGITS}T${DIGITS}:${DIGITS}:${DIGITS}.[0-9]${DIGITS}Z`;

export function instantSql(column: string): InstantSql {
  const text = `CAST(${column} AS TEXT)`;
  const wall = withoutUtc(text);
  const part = (from: number, length: number) => `SUBSTR(${wall}, ${from}, ${length})`;
  const suffixed = ['', ...UTC_SUFFIXES].map((suffix) => `${wall} || '${suffix}'`);
  const time =
    `${part(11, 1)} IN (' ', 'T') AND STRFTIME('%H:%M:%S', ${part(12, 8)}) = ${part(12, 8)} AND ` +
    `(LENGTH(${wall}) = 19 OR ${part(20, 1)} = '.' AND LENGTH(${wall}) BETWEEN 21 AND 29 AND ` +
    `SUBSTR(${wall}, 21) NOT GLOB '*[^0-9]*')`;
  return {
    text,
    isOurs: `${text} GLOB '${OURS}'`,
    isKnown:
      `COALESCE(STRFTIME('%Y-%m-%d', ${part(1, 10)}) = ${part(1, 10)} AND ${text} >= '1970' AND ` +
      `${text} IN (${suffixed.join(', ')}) AND INSTR(${text}, CHAR(0)) = 0 AND (LENGTH(${wall}) = 10 OR ${time}), FALSE)`,
    saysUtc: `${wall} <> ${text}`,
    written: inOurForm(text, (...parts) => `(${parts.join(' || ')})`),
  };
}
