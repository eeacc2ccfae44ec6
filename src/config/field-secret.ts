/**
 * Reads the four ways of saying where the client secret is.
 * Decides what a reference may look like; a message about these fields never shows any part of a value.
 */
import { Fault, fault } from './fault';
import type { FieldContext } from './field-text';
import { readText } from './field-text';
import { InlineSecret } from './secrets';

/** The secret itself, hidden from everything that prints. */
export function readSecret(value: unknown, context: FieldContext): InlineSecret | Fault {
  const text = readText(value, context, { disclosure: 'kind' });
  return text instanceof Fault ? text : new InlineSecret(text);
}

/**
 * The name of the variable that holds the secret. It is stored, so a `${VAR}` here, which would put the
 * variable's value in its place, is refused.
 */
export function readVariableName(value: unknown, context: FieldContext): string | Fault {
  const hasVariable = typeof value === 'string' && value.includes('${');
  const text = hasVariable ? '' : readText(value, context, { disclosure: 'kind' });
  if (text instanceof Fault || /^[A-Za-z_][A-Za-z0-9_.-]{0,254}$/.test(text)) {
    return text;
  }
  const found = hasVariable ? 'a ${...} expansion' : 'a text that is no name of a variable';
  return fault(
    'invalid_value',
    found,
    'it must be the name of an environment variable, as in GITHUB_CLIENT_SECRET',
  );
}

/** The path of the file that holds the secret. */
export function readPlace(value: unknown, context: FieldContext): string | Fault {
  return readText(value, context, { disclosure: 'kind' });
}

/** The ARN of the secret. */
export function readArn(value: unknown, context: FieldContext): string | Fault {
  const text = readText(value, context, { disclosure: 'kind' });
  if (text instanceof Fault || /^arn:[^\s\p{Cc}]+$/u.test(text)) {
    return text;
  }
  return fault('invalid_value', 'a text that is no ARN', 'it must begin with "arn:" and hold no white space');
}
