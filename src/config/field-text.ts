/**
 * Reads the simple values of a declaration: texts, choices, switches, numbers and lists of texts.
 * Decides what each may be once variables are put in; never knows which field it reads.
 */
import { quote } from '../errors';
import type { Disclosure } from './fault';
import { Fault, describeFound, fault } from './fault';
import type { Environment } from './interpolate';
import { interpolate } from './interpolate';
import { MAX_TEXT_LENGTH, storedTextFault } from './stored-text';

/** What every reader of a field needs to know beside the value. */
export interface FieldContext {
  readonly environment: Environment;
  /** Whether the entry goes to the table, where no secret may be. */
  readonly stored: boolean;
}

export interface TextOptions {
  /** How much of the text a message may show (default `shape`). */
  readonly disclosure?: Disclosure;
  /** Whether the text may be empty (default false). */
  readonly empty?: boolean;
}

/** A text with its variables put in. */
export function readText(value: unknown, context: FieldContext, options: TextOptions = {}): string | Fault {
  const disclosure = options.disclosure ?? 'shape';
  if (typeof value !== 'string') {
    return fault('invalid_type', describeFound(value, disclosure), 'it must be text');
  }
  if (value.length > MAX_TEXT_LENGTH) {
    return storedTextFault(value) ?? value;
  }
  const { text, missing } = interpolate(value, context.environment);
  if (missing.length > 0) {
    return missingFault(missing);
  }
  if (text === '' && options.empty !== true) {
    return fault('invalid_value', 'an empty text', 'give it a value or leave the field out');
  }
  return storedTextFault(text) ?? text;
}

/** One of a few words, mapped to what each means. */
export function readChoice<T>(
  value: unknown,
  context: FieldContext,
  meanings: ReadonlyMap<string, T>,
): T | Fault {
  const text = readText(value, context, { disclosure: 'value', empty: true });
  if (text instanceof Fault && text.code !== 'invalid_type') {
    return text;
  }
  const meaning = text instanceof Fault ? undefined : meanings.get(text);
  if (meaning !== undefined) {
    return meaning;
  }
  const allowed = [...meanings.keys()].map((word) => quote(word)).join(', ');
  return fault('invalid_value', describeFound(value, 'value'), `allowed are ${allowed}`);
}

/** `true` or `false`, also as text, because that is all a variable can give. */
export function readFlag(value: unknown, context: FieldContext): boolean | Fault {
  if (typeof value === 'boolean') {
    return value;
  }
  const text = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (text instanceof Fault) {
    return text;
  }
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  return fault('invalid_value', describeFound(value, 'value'), 'allowed are true and false');
}

/** A whole number within bounds, also as digits. */
export function readWholeNumber(
  value: unknown,
  context: FieldContext,
  least: number,
  most: number,
): number | Fault {
  const text = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (text instanceof Fault) {
    return text;
  }
  const number = text === undefined ? value : /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) {
    return number + 0;
  }
  const disclosure = typeof value === 'number' ? 'value' : 'shape';
  return fault(
    'invalid_value',
    describeFound(value, disclosure),
    `allowed is a whole number from ${least} to ${most}`,
  );
}

/** A list of texts, 16,000 characters at most in all. */
export function readTextList(
  value: unknown,
  context: FieldContext,
  options: TextOptions = {},
): string[] | Fault {
  if (!Array.isArray(value)) {
    return fault('invalid_type', describeFound(value, 'shape'), 'it must be a list of texts');
  }
  const texts: string[] = [];
  let length = 0;
  for (const [index, item] of (value as unknown[]).entries()) {
    const text = readText(item, context, options);
    if (text instanceof Fault) {
      return new Fault(text.code, text.message, [index]);
    }
    length += text.length + 1;
    if (length > MAX_TEXT_LENGTH) {
      const allowed = `at most ${MAX_TEXT_LENGTH} characters in all are allowed`;
      return fault('too_large', describeFound(value, 'shape'), allowed);
    }
    texts.push(text);
  }
  return texts;
}

function missingFault(missing: readonly string[]): Fault {
  const shown = missing.slice(0, 5).map((name) => quote(name));
  const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : '';
  const what = `no value for the variable${missing.length > 1 ? 's' : ''} ${shown.join(', ')}${more}`;
  return fault('missing_variable', what, 'set it, or give a default as in ${NAME:-default}');
}
