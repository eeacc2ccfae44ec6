/**
 * Fields that hold free text, or a list of texts. Decides what a text may be once its variables are put in, and which texts a
 * table can hold; never knows which field it reads.
 */
import { quoteSome } from '../../errors';
import type { Disclosure } from '../fault';
import { Fault, fault, describeFound, typeFault } from '../fault';
import type { TextContent } from '../variables';
import { interpolate, placeholderFault } from '../variables';
import type { Field, FieldContext } from './field';

export const MAX_TEXT_LENGTH = 16_000;

/** The complaint about a text that no table can hold as it is, if there is one. */
export function storedTextFault(value: string): Fault | undefined {
  if (value.length > MAX_TEXT_LENGTH) {
    const allowed = `at most ${MAX_TEXT_LENGTH} characters are allowed`;
    return fault('too_large', `a text of ${value.length} characters`, allowed);
  }
  if (value.includes('\0')) {
    return fault('invalid_text', 'a NUL character', 'texts must not contain one');
  }
  if (/\p{Cs}/u.test(value)) {
    return fault('invalid_text', 'a lone surrogate', 'texts must be well-formed Unicode');
  }
  return undefined;
}

/** What to do about a secret that is about to be stored. */
export const SECRET_ADVICE =
  'secrets must not be stored in the table: use client_secret_env, client_secret_file or client_secret_arn';

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

/** A field that holds a list of texts, 16,000 characters at most in all. */
export function textList(): Field<string[]> {
  return { read: readTextList, schema: { type: 'array', items: text().schema } };
}

/** A field that holds one text, read as a list of one, or a list of texts; any of them may be empty. */
export function textOrList(): Field<string[]> {
  const limits = { maxLength: MAX_TEXT_LENGTH };
  return {
    read: readTextOrList,
    schema: { type: ['string', 'array'], ...limits, items: { type: 'string', ...limits } },
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

function missingFault(missing: readonly string[]): Fault {
  const what = `no value for the variable${missing.length > 1 ? 's' : ''} ${quoteSome(missing, 5)}`;
  return fault('missing_variable', what, 'set it, or give a default as in ${NAME:-default}');
}

function readTextOrList(value: unknown, context: FieldContext): string[] | Fault {
  if (Array.isArray(value)) {
    return readTextList(value, context, { empty: true });
  }
  const found = readText(value, context, { empty: true });
  return found instanceof Fault ? found : [found];
}

/** The texts of a list, or the complaint about the first bad one. */
export function readTextList(
  value: unknown,
  context: FieldContext,
  options: TextOptions = {},
): string[] | Fault {
  if (!Array.isArray(value)) {
    return typeFault(value, 'it must be a list of texts');
  }
  const texts: string[] = [];
  let length = 0;
  for (const [index, item] of (value as unknown[]).entries()) {
    const found = readText(item, context, options);
    if (found instanceof Fault) {
      return found.within(index);
    }
    length += found.length + 1;
    if (length > MAX_TEXT_LENGTH) {
      const allowed = `at most ${MAX_TEXT_LENGTH} characters in all are allowed`;
      return fault('too_large', describeFound(value, 'shape'), allowed);
    }
    texts.push(found);
  }
  return texts;
}
