/**
 * Reads a web address.
 * Decides which ones may be stored: http or https, no user info, no secret in the query; never opens or rewrites one.
 */
import { Fault, describeFound, fault } from './fault';
import type { Field, FieldContext } from './field';
import { readText } from './field-text';
import { patternOrVariable } from './json-schema';
import { looksSecret } from './secret-names';
import { MAX_TEXT_LENGTH, SECRET_ADVICE } from './stored-text';

const ALLOWED = 'it must be an http or https URL, without white space';

// `URL` accepts missing slashes, backslashes and white space; another reader of the same text may not.
const ADDRESS = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\]+$/;
const WITHOUT_FRAGMENT = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\#]+#?$/;

export interface AddressOptions {
  /** Whether it may end in `#...` (default true). */
  readonly fragment?: boolean;
  /** A word that is allowed in place of an address (default none). */
  readonly word?: string;
}

/** A field that holds an http or https URL. */
export function address(options: AddressOptions = {}): Field<string> {
  const { word } = options;
  const pattern = patternOrVariable(options.fragment === false ? WITHOUT_FRAGMENT : ADDRESS);
  return {
    read: (value, context) => readAddress(value, context, options),
    schema: {
      type: 'string',
      maxLength: MAX_TEXT_LENGTH,
      pattern: word === undefined ? pattern : `^${word}$|${pattern}`,
    },
  };
}

/** An http or https URL, exactly as declared once its variables are put in. */
export function readAddress(
  value: unknown,
  context: FieldContext,
  options: AddressOptions = {},
): string | Fault {
  const text = readText(value, context, { disclosure: 'address', content: 'address' });
  if (text instanceof Fault) {
    return text;
  }
  if (text === options.word) {
    return text;
  }
  const url = parse(text);
  if (url === undefined) {
    return fault('invalid_url', describeFound(value, 'address'), ALLOWED);
  }
  if (url.username !== '' || url.password !== '') {
    return fault('secret_in_table_field', 'a user name or password in the URL', SECRET_ADVICE);
  }
  if (context.stored && carriesSecret(url)) {
    return fault('secret_in_table_field', 'a parameter of the URL that looks like a secret', SECRET_ADVICE);
  }
  if (options.fragment === false && url.hash !== '') {
    return fault('invalid_url', 'a URL with a fragment', 'it must not have one');
  }
  return text;
}

function parse(text: string): URL | undefined {
  if (!ADDRESS.test(text) || /\p{Cc}/u.test(text)) {
    return undefined;
  }
  // Not URL.canParse: on Node 20 its compiled form says no to Latin-1 letters in a host name.
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function carriesSecret(url: URL): boolean {
  for (const parameters of [url.searchParams, new URLSearchParams(url.hash.slice(1))]) {
    for (const key of parameters.keys()) {
      if (looksSecret(key)) {
        return true;
      }
    }
  }
  return false;
}
