/**
 * Reads the simple values of a declaration: texts, choices, switches and numbers.
 * Decides what each may be once variables are put in; never knows which field it reads.
 */
import { quote } from '../errors';
import type { Disclosure } from './fault';
import { Fault, describeFound, fault } from './fault';
import type { Field, FieldContext } from './field';
import { interpolate } from './interpolate';
import { VARIABLE_TEXT, patternOrVariable } from './json-schema';
import type { TextContent } from './placeholders';
import { placeholderFault } from './placeholders';
import { MAX_TEXT_LENGTH, storedTextFault } from './stored-text';

const DIGITS = /^[0-9]{1,15}$/;

export interface TextOptions {
  /** How much of the text a message may show (default `shape`). */
  readonly disclosure?: Disclosure;
  /** Whether the text may be empty (default false). */
  readonly empty?: boolean;
  /** What the text is, which decides what in it is a placeholder of another program (default `value`). */
  readonly content?: TextContent;
}

/** A field that holds a text. */
export function text(options: TextOptions = {}): Field<string> {
  return {
    read: (value, context) => readText(value, context, options),
    schema: {
      type: 'string',
      ...(options.empty === true ? {} : { minLength: 1 }),
      maxLength: MAX_TEXT_LENGTH,
    },
  };
}

/** The same field, where an empty text counts as absent, also once its variables are put in. */
export function orEmpty<Value>({ read, schema }: Field<Value>): Field<Value | undefined> {
  return {
    read: (value, context) => {
      const isEmpty =
        typeof value === 'string' && readText(value, context, { empty: true, content: 'prose' }) === '';
      return isEmpty ? undefined : read(value, context);
    },
    schema: { anyOf: [{ const: '' }, schema] },
  };
}

/** A field that holds one of a few words, each read as what it means. */
export function choice<T>(meanings: ReadonlyMap<string, T>): Field<T> {
  return {
    read: (value, context) => readChoice(value, context, meanings),
    schema: { anyOf: [{ enum: [...meanings.keys()] }, VARIABLE_TEXT] },
  };
}

/** A field that holds `true` or `false`, also as text, because that is all a variable can give. */
export function flag(): Field<boolean> {
  return {
    read: readFlag,
    schema: { type: ['boolean', 'string'], pattern: patternOrVariable(/^(?:true|false)$/) },
  };
}

/** A field that holds a whole number within bounds, also as digits. */
export function wholeNumber(least: number, most: number): Field<number> {
  return {
    read: (value, context) => readWholeNumber(value, context, least, most),
    schema: {
      type: ['integer', 'string'],
      minimum: least,
      maximum: most,
      pattern: patternOrVariable(DIGITS),
    },
  };
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
  const { environment } = context;
  // A row of the table is read without an environment, and holds what a sync has put into it.
  const placeholder = environment === null ? undefined : placeholderFault(value, options.content ?? 'value');
  if (placeholder !== undefined) {
    return placeholder;
  }
  const { text: expanded, missing } =
    environment === null ? { text: value, missing: [] } : interpolate(value, environment);
  if (missing.length > 0) {
    return missingFault(missing);
  }
  if (expanded === '' && options.empty !== true) {
    return fault('invalid_value', 'an empty text', 'give it a value or leave the field out');
  }
  return storedTextFault(expanded) ?? expanded;
}

/** One of a few words, mapped to what each means. */
function readChoice<T>(value: unknown, context: FieldContext, meanings: ReadonlyMap<string, T>): T | Fault {
  const written = readText(value, context, { disclosure: 'value', empty: true });
  if (written instanceof Fault && written.code !== 'invalid_type') {
    return written;
  }
  const meaning = written instanceof Fault ? undefined : meanings.get(written);
  if (meaning !== undefined) {
    return meaning;
  }
  const allowed = [...meanings.keys()].map((word) => quote(word)).join(', ');
  return fault('invalid_value', describeFound(value, 'value'), `allowed are ${allowed}`);
}

function readFlag(value: unknown, context: FieldContext): boolean | Fault {
  if (typeof value === 'boolean') {
    return value;
  }
  const written = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (written instanceof Fault) {
    return written;
  }
  if (written === 'true' || written === 'false') {
    return written === 'true';
  }
  return fault('invalid_value', describeFound(value, 'value'), 'allowed are true and false');
}

function readWholeNumber(value: unknown, context: FieldContext, least: number, most: number): number | Fault {
  const written = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (written instanceof Fault) {
    return written;
  }
  const number = written === undefined ? value : DIGITS.test(written) ? Number(written) : undefined;
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

function missingFault(missing: readonly string[]): Fault {
  const shown = missing.slice(0, 5).map((name) => quote(name));
  const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : '';
  const what = `no value for the variable${missing.length > 1 ? 's' : ''} ${shown.join(', ')}${more}`;
  return fault('missing_variable', what, 'set it, or give a default as in ${NAME:-default}');
}
