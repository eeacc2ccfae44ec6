/**
 * The field that holds the headers of each request to an API: plain texts, and references to secrets. Decides which headers may
 * be declared and what their values may be, and refuses secrets in clear, because what is read here is stored in the table. For
 * the same reason variables are not expanded: `${NAME}` becomes a reference to the variable.
 */
import type { OAuthDefinition } from '../definition';
import { Fault, fault, typeFault } from '../fault';
import type { PlainObject } from '../json';
import { isPlainObject } from '../json';
import { looksSecret } from '../secret-names';
import type { StoredReference } from '../secrets';
import { VARIABLE, placeholderFault } from '../variables';
import type { Field, FieldContext, JsonSchema } from './field';
import { HAS_VARIABLE } from './field';
import { arn, filePath, variableName } from './secret';
import { readText, MAX_TEXT_LENGTH } from './text';

/** A header name is a token (RFC 9110 sections 5.1 and 5.6.2); `__proto__` is excluded, as it is a special key in JavaScript. */
const HEADER_NAME = /^(?!__proto__$)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}$/;

const NEVER: ReadonlyMap<string, string> = new Map([
  ...reasonFor(
    'connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect host',
    'it belongs to one connection to a server, and each request has its own',
  ),
  ...reasonFor(
    'content-length content-type content-encoding content-range',
    'it describes the body of one request, and each request has its own',
  ),
  ...reasonFor(
    'cookie cookie2 proxy-authorization',
    'it would authorize requests beside the access token of the user',
  ),
]);

/** For a schema, whose patterns have no flags: names that may be declared, and `Authorization`. */
const DECLARABLE_NAME = `^(?!(?:${[...NEVER.keys()].map(inAnyCase).join('|')})$)${HEADER_NAME.source.slice(1)}`;
const OTHER_THAN_AUTHORIZATION = `^(?!${inAnyCase('authorization')}$)`;

/** The complaint about the name of a header, if there is one. */
function headerNameFault(name: string): Fault | undefined {
  if (!HEADER_NAME.test(name)) {
    return fault(
      'invalid_name',
      'a name that no header may have',
      'it has letters, digits and characters of "!#$%&\'*+-.^_`|~"',
    );
  }
  const reason = NEVER.get(name.toLowerCase());
  return reason === undefined
    ? undefined
    : fault('invalid_value', 'a header that may not be declared', `leave it out: ${reason}`);
}

/** A header whose name ends like this holds a secret. Not true of fields: the `key` of a project, for one, is not a secret. */
const LAST_OF_SECRET = /(?:^|[-_])(?:\w*key|auth|pass|authentication|pat|secret[-_]id)$/i;

/** Whether the value is a secret, as far as the name can tell. */
function namesSecret(name: string): boolean {
  return LAST_OF_SECRET.test(name) || looksSecret(name.replace(/^x-/i, ''));
}

/** The header in which the access token is sent, so that a declared one is not. */
export function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}

function inAnyCase(name: string): string {
  return name.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

function reasonFor(names: string, reason: string): [string, string][] {
  return names.split(' ').map((name) => [name, reason]);
}

type DeclaredHeaders = OAuthDefinition['headers'];

const MAX_HEADERS = 20;

/** Of all headers together, as servers have it. */
const MAX_HEADERS_LENGTH = 8_000;

/** Visible ASCII characters, and spaces among them (RFC 9110 section 5.5). */
export const HEADER_VALUE = /^[!-~](?:[ -~]*[!-~])?$/;
const WHOLE_VARIABLE = new RegExp(`^${VARIABLE}$`);
const SOME_VARIABLE = new RegExp(HAS_VARIABLE);
const CREDENTIALS = /^(?:bearer|basic|token|apikey|geniekey|digest|negotiate)[: ]/i;

const REFERENCE =
  'write ${NAME} for the variable NAME, or where the value is, as in {"file": "/run/secrets/key"}';

const places = { env: variableName(), file: filePath(), arn: arn() };

/** A field that holds headers. `Authorization` is passed over, since the access token is sent there. */
export function headers(): Field<DeclaredHeaders> {
  return { read: readHeaders, schema };
}

function readHeaders(value: unknown, context: FieldContext): DeclaredHeaders | Fault {
  if (!isPlainObject(value)) {
    return typeFault(value, 'it must be an object');
  }
  const given = Object.keys(value).filter((name) => value[name] !== undefined);
  if (given.length > MAX_HEADERS) {
    return fault('too_large', `${given.length} headers`, `at most ${MAX_HEADERS} are allowed`);
  }
  const found = new Map<string, string | StoredReference>();
  const names = new Set<string>();
  let length = 0;
  for (const name of given.filter((each) => !isAuthorization(each))) {
    const content =
      headerNameFault(name) ?? repeatedFault(name, names) ?? readValue(name, value[name], context);
    if (content instanceof Fault) {
      return content.within(name);
    }
    length += name.length + (typeof content === 'string' ? content.length : 0);
    if (length > MAX_HEADERS_LENGTH) {
      return fault(
        'too_large',
        'headers that are too long',
        `at most ${MAX_HEADERS_LENGTH} characters in all are allowed`,
      );
    }
    found.set(name, content);
  }
  return Object.fromEntries(found);
}

/** Headers are compared without regard to case (RFC 9110 section 5.1). */
function repeatedFault(name: string, names: Set<string>): Fault | undefined {
  const folded = name.toLowerCase();
  if (names.has(folded)) {
    return fault(
      'duplicate_name',
      'a header whose name differs only by case from another',
      'keep one of the two',
    );
  }
  names.add(folded);
  return undefined;
}

function readValue(name: string, value: unknown, context: FieldContext): string | StoredReference | Fault {
  if (isPlainObject(value)) return readReference(value, context);
  if (context.environment !== null && typeof value === 'string') {
    const variable = WHOLE_VARIABLE.exec(value);
    if (variable !== null && variable[2] === undefined) return referenceTo('env', variable[1], context);
    if (SOME_VARIABLE.test(value)) {
      const allowed = 'write ${NAME} alone, without a default, and put the whole value into that variable';
      return fault('invalid_value', 'a variable within the value of a header', allowed);
    }
    if (placeholderFault(value, 'value') !== undefined) {
      return fault('invalid_value', 'a placeholder of another program', REFERENCE);
    }
  }
  const text = readText(value, context, { disclosure: 'kind' });
  if (text instanceof Fault) return text;
  if (namesSecret(name) || CREDENTIALS.test(text)) {
    const found = 'a header that looks like a secret, in clear';
    return fault('secret_in_table_field', found, `secrets must not be stored in the table: ${REFERENCE}`);
  }
  if (!HEADER_VALUE.test(text)) {
    const allowed = 'it has visible ASCII characters, and spaces between them';
    return fault('invalid_value', 'a value that no header may have', allowed);
  }
  return text;
}

/** `{"env": "NAME"}`, `{"file": "/path"}` or `{"arn": "arn:aws:..."}`, as rows have it too. */
function readReference(value: PlainObject, context: FieldContext): StoredReference | Fault {
  const [place, ...others] = Object.keys(value).filter((key) => value[key] !== undefined);
  if (others.length > 0 || (place !== 'env' && place !== 'file' && place !== 'arn')) {
    return fault('invalid_value', 'an object that does not say where the value is', REFERENCE);
  }
  const found = referenceTo(place, value[place], context);
  return found instanceof Fault ? found.within(place) : found;
}

function referenceTo(
  place: keyof typeof places,
  value: unknown,
  context: FieldContext,
): StoredReference | Fault {
  const found = places[place].read(value, context);
  if (found instanceof Fault) return found;
  if (place === 'env') return { kind: place, name: found };
  return place === 'file' ? { kind: place, path: found } : { kind: place, arn: found };
}

const reference: JsonSchema = {
  type: 'object',
  properties: { env: places.env.schema, file: places.file.schema, arn: places.arn.schema },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
};

const schema: JsonSchema = {
  type: 'object',
  maxProperties: MAX_HEADERS,
  propertyNames: { pattern: DECLARABLE_NAME },
  patternProperties: {
    [OTHER_THAN_AUTHORIZATION]: {
      anyOf: [
        { type: 'string', minLength: 1, maxLength: MAX_TEXT_LENGTH, pattern: HEADER_VALUE.source },
        reference,
      ],
    },
  },
};
