/** Where a user may be sent after a flow: to allowed origins, or to a path of the page that the user came from. */
import { ConnectionsError } from '../errors';

const MAX_LENGTH = 8_000;
const NOWHERE = 'https://nowhere.invalid';

/**
 * @param returnTo from outside: an absolute http or https URL, or a path that begins with one slash
 * @param allowed origins, as in `https://app.example.com`
 * @returns the same address as every browser reads it
 * @throws ConnectionsError `return_to_refused`
 */
export function checkedReturnTo(returnTo: string, allowed: readonly string[]): string {
  // Browsers drop tabs and line breaks and take a backslash for a slash: "/\t/evil" and "/\evil" lead elsewhere.
  if (typeof returnTo !== 'string' || returnTo.length > MAX_LENGTH || /[\\\s\p{Cc}]/u.test(returnTo))
    throw refused();
  const url = parsed(returnTo, NOWHERE);
  if (url === null || url.username !== '' || url.password !== '') throw refused();
  if (!/^\/(?!\/)/.test(returnTo)) {
    if (/^https?:\/\//i.test(returnTo) && allowed.some((origin) => originOf(origin) === url.origin))
      return url.href;
    throw refused();
  }
  const path = `${url.pathname}${url.search}${url.hash}`;
  // "/.//evil" is a path that reads "//evil" once its dots are gone.
  if (url.origin !== NOWHERE || path.startsWith('//')) throw refused();
  return path;
}

/** As `checkedReturnTo`, with `null` for an address that is refused. */
export function allowedReturnTo(returnTo: string, allowed: readonly string[]): string | null {
  try {
    return checkedReturnTo(returnTo, allowed);
  } catch {
    return null;
  }
}

/** `null` for what is no http or https URL. */
export function originOf(text: string): string | null {
  return webAddress(text)?.origin ?? null;
}

/** `null` for what is no http or https URL. */
export function webAddress(text: string): URL | null {
  const url = parsed(text);
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

function parsed(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

function refused(): ConnectionsError {
  return new ConnectionsError(
    'return_to_refused',
    '`returnTo` is neither a path that begins with a slash nor a URL at one of the `returnOrigins`. Write `/settings`, or add the ' +
      'origin of your own pages to that option.',
  );
}
