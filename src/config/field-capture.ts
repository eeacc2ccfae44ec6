/**
 * Reads which fields of an answer are kept in clear beside the tokens. Decides which can never be: what would let its
 * reader act as the user or the client.
 */
import { Fault, fault } from './fault';
import type { Field, FieldContext } from './field';
import { readTextList, textList } from './field-list';

const SECRET =
  /(^|[_.-])(token|secret|password|assertion|key|jwt|credential|session|cookie|auth|authorization)s?$/;

/** Whether a field of that name holds a secret, in any answer or callback of OAuth. */
export function holdsSecret(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return SECRET.test(words) || /^(code|state|code_verifier)$/.test(words);
}

/** A field that holds dotted paths, none of which leads to a secret or through one. */
export function capture(): Field<string[]> {
  return { read: readCapture, schema: textList().schema };
}

function readCapture(value: unknown, context: FieldContext): string[] | Fault {
  const paths = readTextList(value, context);
  if (paths instanceof Fault) return paths;
  const wrong = paths.findIndex((path) => path.split('.').some(holdsSecret));
  if (wrong < 0) return paths;
  const { code, message } = fault(
    'secret_in_table_field',
    'a field that holds a secret',
    'what is captured stands in the table in clear',
  );
  return new Fault(code, message, [wrong]);
}
