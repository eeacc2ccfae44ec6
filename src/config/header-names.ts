/** Which headers a declaration may add to requests to an API. Decides by name alone; never looks at a value. */
import type { Fault } from './fault';
import { fault } from './fault';
import { looksSecret } from './secret-names';

/** A token (RFC 9110 section 5.1), and no key that means something else to JavaScript. */
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
export const DECLARABLE_NAME = `^(?!(?:${[...NEVER.keys()].map(inAnyCase).join('|')})$)${HEADER_NAME.source.slice(1)}`;
export const OTHER_THAN_AUTHORIZATION = `^(?!${inAnyCase('authorization')}$)`;

/** The complaint about the name of a header, if there is one. */
export function headerNameFault(name: string): Fault | undefined {
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

/** A header that ends in one of these holds a secret; a field need not: the `key` of a project is none. */
const LAST_OF_SECRET = /(?:^|[-_])(?:\w*key|auth|pass|authentication|pat|secret[-_]id)$/i;

/** Whether the value is a secret, as far as the name can tell. */
export function namesSecret(name: string): boolean {
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
