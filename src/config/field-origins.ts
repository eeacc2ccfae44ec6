/**
 * Reads origins: to where an access token may go besides the origin of its connection.
 * Decides that an origin is scheme, host and port, and nothing else; never which origins are good ones.
 */
import { Fault, describeFound, fault } from './fault';
import type { Field, FieldContext } from './field';
import { readAddress } from './field-address';
import { patternOrVariable } from './json-schema';

const MAX_ORIGINS = 20;
/** No name of a host has more than 253. */
const MAX_LENGTH = 300;

const ORIGIN = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\/?#]+\/?$/;

/** A field that holds a list of origins, each once, as `URL` writes them. */
export function origins(): Field<string[]> {
  const origin = { type: 'string', maxLength: MAX_LENGTH, pattern: patternOrVariable(ORIGIN) } as const;
  return {
    read: readOrigins,
    schema: { type: 'array', items: origin, maxItems: MAX_ORIGINS },
  };
}

function readOrigins(value: unknown, context: FieldContext): string[] | Fault {
  if (!Array.isArray(value)) {
    return fault('invalid_type', describeFound(value, 'shape'), 'it must be a list of origins');
  }
  if (value.length > MAX_ORIGINS) {
    return fault('too_large', describeFound(value, 'shape'), `at most ${MAX_ORIGINS} are allowed`);
  }
  const found = new Set<string>();
  for (const [index, item] of (value as unknown[]).entries()) {
    const origin = readOrigin(item, context);
    if (origin instanceof Fault) {
      return new Fault(origin.code, origin.message, [index]);
    }
    if (found.has(origin)) {
      const { code, message } = fault('invalid_value', 'the same origin twice', 'write each one once');
      return new Fault(code, message, [index]);
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
  return origin.length > MAX_LENGTH
    ? fault('too_large', 'an origin that is too long', `at most ${MAX_LENGTH} characters are allowed`)
    : origin;
}
