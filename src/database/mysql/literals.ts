/**
 * Texts in a statement that mysql2 completes itself, which `query` does. It escapes with backslashes, and the SQL mode
 * NO_BACKSLASH_ESCAPES takes those literally, so that a quotation mark ends the text and the rest becomes SQL. The mode of
 * a session can change between any two statements; a hexadecimal literal means the same in every mode.
 */
import type { Statement } from '../statement';

/** Every character that mysql2 escapes, and the other control characters. A text without them is only put in quotes. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["'\\\u0000-\u001f\u007f]/;

/** Writes texts that mysql2 would escape into the statement, and leaves the other values to it. */
export function withoutEscapes({ sql, parameters = [] }: Statement): Required<Statement> {
  const isLiteral = (value: unknown): value is string => typeof value === 'string' && ESCAPED.test(value);
  if (!parameters.some(isLiteral)) return { sql, parameters };
  const left: unknown[] = [];
  let position = 0;
  const written = sql.replaceAll('?', () => {
    const value = parameters[position];
    position += 1;
    if (isLiteral(value)) return hexadecimal(value);
    left.push(value);
    return '?';
  });
  return { sql: written, parameters: left };
}

/** As weak as a quoted text in comparisons: the collation and the index of the column are used. */
function hexadecimal(text: string): string {
  return `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}
