/**
 * Fields that hold a web address, or origins to which an access token may go besides that of its connection.
 * Decides which addresses may be stored: http or https, no user info, no secret in the query; never opens or rewrites one.
 */
import { hasCredentials, parseUrl } from '../../url';
import { Fault, describeFound, fault, typeFault } from '../fault';
import { looksSecret } from '../secret-names';
import type { Field, FieldContext } from './field';
import { patternOrVariable } from './field';
import { readText, MAX_TEXT_LENGTH, SECRET_ADVICE } from './text';

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
  const url = ADDRESS.test(text) && !/\p{Cc}/u.test(text) ? parseUrl(text) : null;
  if (url === null) {
    return fault('invalid_url', describeFound(value, 'address'), ALLOWED);
  }
  if (hasCredentials(url)) {
    return fault('secret_in_table_field', 'a user name or password in the URL', SECRET_ADVICE);
  }
  if (context.stored && hasSecretParameter(url)) {
    return fault('secret_in_table_field', 'a parameter of the URL that looks like a secret', SECRET_ADVICE);
  }
  if (options.fragment === false && url.hash !== '') {
    return fault('invalid_url', 'a URL with a fragment', 'it must not have one');
  }
  return text;
}

function hasSecretParameter({ searchParams, hash }: URL): boolean {
  const names = [...searchParams.keys(), ...new URLSearchParams(hash.slice(1)).keys()];
  return names.some((name) => looksSecret(name));
}

const MAX_ORIGINS = 20;

/** No name of a host has more than 253. */
const MAX_ORIGIN_LENGTH = 300;
const ORIGIN = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\/?#]+\/?$/;

/** A field that holds a list of origins, each once, as `URL` writes them. */
export function origins(): Field<string[]> {
  const origin = {
    type: 'string',
    maxLength: MAX_ORIGIN_LENGTH,
    pattern: patternOrVariable(ORIGIN),
  } as const;
  return {
    read: readOrigins,
    schema: { type: 'array', items: origin, maxItems: MAX_ORIGINS },
  };
}

function readOrigins(value: unknown, context: FieldContext): string[] | Fault {
  if (!Array.isArray(value)) {
    return typeFault(value, 'it must be a list of origins');
  }
  if (value.length > MAX_ORIGINS) {
    return fault('too_large', describeFound(value, 'shape'), `at most ${MAX_ORIGINS} are allowed`);
  }
  const found = new Set<string>();
  for (const [index, item] of (value as unknown[]).entries()) {
    const origin = readOrigin(item, context);
    if (origin instanceof Fault) {
      return origin.within(index);
    }
    if (found.has(origin)) {
      return fault('invalid_value', 'the same origin twice', 'write each one once').within(index);
    }
    found.add(origin);
  }
  return [...found];
}

function readOrigin(value: unknown, context: FieldContext): string | Fault {
  const text = readAddress(value, context);
  if (text instanceof Fault) {
    return text;
  }
  if (!ORIGIN.test(text)) {
    return fault(
      'invalid_url',
      `${describeFound(value, 'address')} with a path, a query or a fragment`,
      'write only the origin: scheme, host and port, as in https://api.example.com',
    );
  }
  const { origin } = new URL(text);
  return origin.length > MAX_ORIGIN_LENGTH
    ? fault('too_large', 'an origin that is too long', `at most ${MAX_ORIGIN_LENGTH} characters are allowed`)
    : origin;
}

const ROUTE = /[^$]\{name\}|\/:name(?:\/|$)/;

const ROUTE_FAULT = fault(
  'invalid_value',
  'a placeholder of another program, such as {name}',
  'leave redirect_uri out: its default has the name of the connection there',
);

/** A field that holds an endpoint, which has no fragment (RFC 6749 section 3.1). */
export function endpoint(): Field<string> {
  return address({ fragment: false });
}

/** A field that holds the host's redirect URI; refuses a route template with `{name}` or `:name`, which is not an address. */
export function redirectUri(): Field<string> {
  const { read, schema } = endpoint();
  return {
    read: (value, context) =>
      context.environment !== null && typeof value === 'string' && ROUTE.test(value)
        ? ROUTE_FAULT
        : read(value, context),
    schema,
  };
}
