/**
 * Reads which fields of an answer are kept in clear beside the tokens. Decides which can never be: what would let its
 * reader act as the user or the client.
 */
import { Fault, fault } from './fault';
import type { Field, FieldContext } from './field';
import { readTextList, textList } from './field-list';
import { looksSecret } from './secret-names';

/** Parameters of a callback that end a flow, or find it. */
const OF_THE_FLOW: ReadonlySet<string> = new Set(['code', 'state']);

/** Whether a field of an answer or a callback, or what is in one, may not be kept in clear. */
export function isNeverCaptured(name: string): boolean {
  return looksSecret(name) || OF_THE_FLOW.has(name.toLowerCase());
}

/** A field that holds dotted paths, none of which leads to a secret or through one. */
export function capture(): Field<string[]> {
  return { read: readCapture, schema: textList().schema };
}

function readCapture(value: unknown, context: FieldContext): string[] | Fault {
  const paths = readTextList(value, context);
  if (paths instanceof Fault) return paths;
  const wrong = paths.findIndex((path) => path.split('.').some(isNeverCaptured));
  if (wrong < 0) return paths;
  const { code, message } = fault(
    'secret_in_table_field',
    'a field that holds a secret',
    'what is captured stands in the table in clear',
  );
  return new Fault(code, message, [wrong]);
}
