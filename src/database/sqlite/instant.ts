/** How SQLite reads instants, which are texts whatever the type says: a time is one that it writes as it was written. */
import { inOurForm } from '../sql/instant-text';
import type { InstantSql } from '../sql/instant-text';

const DIGITS = '[0-9][0-9]';
const OURS = `${DIGITS}${DIGITS}-${DIGITS}-${DIGITS}T${DIGITS}:${DIGITS}:${DIGITS}.[0-9]${DIGITS}Z`;

export function instantSql(column: string): InstantSql {
  const text = `CAST(${column} AS TEXT)`;
  const time = `SUBSTR(${text}, 1, 19)`;
  const rest = `SUBSTR(${text}, 20)`;
  const fraction = `RTRIM(${rest}, 'Z')`;
  const isFraction = `${fraction} GLOB '.[0-9]*' AND SUBSTR(${fraction}, 2) NOT GLOB '*[^0-9]*' AND LENGTH(${fraction}) <= 10`;
  return {
    text,
    isOurs: `${text} GLOB '${OURS}'`,
    isKnown:
      `COALESCE(STRFTIME('%Y-%m-%d %H:%M:%S', ${time}) = REPLACE(${time}, 'T', ' ') AND ${text} >= '1970' AND ` +
      `${rest} IN (${fraction}, ${fraction} || 'Z') AND (${fraction} = '' OR ${isFraction}) AND ` +
      `INSTR(${text}, CHAR(0)) = 0, FALSE)`,
    saysUtc: `${text} LIKE '%Z'`,
    isTotal: false,
    written: inOurForm(`RTRIM(${text}, 'Z')`, concat),
  };
}

function concat(...parts: string[]): string {
  return `(${parts.join(' || ')})`;
}
