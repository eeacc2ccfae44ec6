/**
 * Reads a web address.
 * Decides which ones may be stored: http or https, no user info, no secret in the query; never opens or rewrites one.
 */
import { Fault, describeFound, fault } from './fault';
import type { FieldContext } from './field-text';
import { readText } from './field-text';
import { SECRET_ADVICE, parameterNamesSecret } from './stored-text';

const ALLOWED = 'it must be an http or https URL, without white space';

export interface AddressOptions {
  /** Whether it may end in `#...` (default true). */
  readonly fragment?: boolean;
}

/** An http or https URL, exactly as declared once its variables are put in. */
export function readAddress(
  value: unknown,
  context: FieldContext,
  options: AddressOptions = {},
): string | Fault {
  const text = readText(value, context, { disclosure: 'address' });
  if (text instanceof Fault) {
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
  // URL forgives missing slashes, backslashes and white space; another reader of the same text may not.
  if (!/^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(text)) {
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
      if (parameterNamesSecret(key)) {
        return true;
      }
    }
  }
  return false;
}
