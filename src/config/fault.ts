/**
 * The complaint about one value, and how much of the value its message may show: never a secret. Where that value is in the
 * document is not known here; `problems.ts` adds the path.
 */
import { quote } from '../errors';
import { isPlainObject } from './json';

/** What is wrong with a declaration, for a host to switch on. */
export type ConfigProblemCode =
  /** The file cannot be read. */
  | 'unreadable'
  /** The text is not JSON, comments and trailing commas allowed. */
  | 'invalid_json'
  /** A text, a list, an object or the document is over its limit. */
  | 'too_large'
  /** The type is wrong: for example, a text instead of an object. */
  | 'invalid_type'
  /** The type is right, but the value is not allowed or contradicts another field. */
  | 'invalid_value'
  /** A field without a default is missing. */
  | 'missing_field'
  /**
   * A field that is not known: ignored with a warning, or an error where the connection would differ from what is meant. What
   * other programs call `mcpServers` makes the document unreadable.
   */
  | 'unknown_field'
  /** A name or a field occurs twice, or two names differ only by case. */
  | 'duplicate_name'
  /** The name is empty, too long, or has characters that no name may have. */
  | 'invalid_name'
  /** Not an http or https URL, or one with a fragment where none may be. */
  | 'invalid_url'
  /** Text that no table can hold: a NUL character or a lone surrogate. */
  | 'invalid_text'
  /** A `${VAR}` without a value or a default, or the variable of the document itself. */
  | 'missing_variable'
  /** A secret, or what looks like one, in a field that is stored in clear. */
  | 'secret_in_table_field';

/** A complaint about one value, in one sentence; `at` is where inside the value, empty for the value itself. */
export class Fault {
  constructor(
    readonly code: ConfigProblemCode,
    readonly message: string,
    readonly at: readonly (string | number)[] = [],
  ) {}

  /** The same complaint, about the value that has this one under a key. */
  within(key: string | number): Fault {
    return new Fault(this.code, this.message, [key, ...this.at]);
  }
}

/**
 * How much of a value a message may show: `value` for enumerated fields, booleans and numbers, `address` for URLs (only
 * the origin, since the rest can be a secret, as that of a webhook is), `shape` for its type and length, `kind` for its
 * type alone.
 */
export type Disclosure = 'value' | 'address' | 'shape' | 'kind';

/** The complaint "found this; that is allowed". */
export function fault(code: ConfigProblemCode, found: string, allowed: string): Fault {
  return new Fault(code, `found ${found}; ${allowed}`);
}

/** The complaint about a value of another type than the one allowed. */
export function typeFault(value: unknown, allowed: string): Fault {
  return fault('invalid_type', describeFound(value, 'shape'), allowed);
}

/**
 * Describes a value without showing more of it than is allowed.
 *
 * @param value anything; what the declaration says, before variables are put in
 * @param disclosure how much of it may be shown
 */
export function describeFound(value: unknown, disclosure: Disclosure): string {
  if (disclosure === 'value' && (typeof value === 'number' || typeof value === 'boolean')) {
    return String(value);
  }
  if (typeof value === 'string' && value !== '') {
    // What is no word may be an address in the wrong field.
    if (disclosure === 'value' && !/[:/\\]/.test(value)) {
      return quote(value);
    }
    const origin = disclosure === 'address' || disclosure === 'value' ? shownOrigin(value) : undefined;
    if (origin !== undefined) {
      return quote(origin, 200);
    }
  }
  return disclosure === 'kind' ? kindOf(value) : shapeOf(value);
}

function shapeOf(value: unknown): string {
  if (typeof value === 'string') {
    return value === '' ? 'an empty text' : `a text of ${countOf(value.length, 'character')}`;
  }
  return Array.isArray(value) ? `a list of ${countOf(value.length, 'item')}` : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'undefined':
      return 'nothing';
    case 'object':
      return isPlainObject(value) ? 'an object' : 'an object of a class';
    default:
      return `a ${typeof value}`;
  }
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const HOST = /^(?:[a-z][a-z0-9+.-]*:\/\/)(?:\[[0-9a-f:.]+\]|[^\s/?#\\@:[\]{}]+)(?::\d{1,5})?(?=[/?#]|$)/i;
const LEADING_VARIABLE = /^\$\{[a-z_][a-z0-9_]*/i;

/** Scheme, host and port, or the variable that gives them; undefined for a text that has neither, or a user name. */
function shownOrigin(text: string): string | undefined {
  const variable = LEADING_VARIABLE.exec(text)?.[0];
  if (variable !== undefined) {
    return `${variable}}`;
  }
  return text.includes('@') ? undefined : HOST.exec(text)?.[0];
}
