/**
 * Where users are sent: by the provider, back to the host's backend (RFC 6749 section 3.1.2), never to a page of its frontend; and from
 * there to allowed origins, or to a path of the page that the user came from. Each connection has a redirect URI of its own, since that
 * is what tells apart the callbacks of two authorization servers (RFC 9700 section 4.4.2.2).
 */
import { pathSegments } from '../../config/authorization-server';
import { fitsPath } from '../../config/names';
import { ConnectionsError, quote } from '../../errors';
import { hasCredentials, originOf, parseUrl, parseWebUrl } from '../../url';
import type { ServiceAddresses } from '../options';

/**
 * What is configured wins; then a request's own origin, if it is on the list; then the public address.
 * @param requestOrigin from outside
 * @throws ConnectionsError `redirect_uri_unknown`
 */
export function redirectUri(
  connectionName: string,
  configured: string | null,
  requestOrigin: string | undefined,
  { publicUrl, callbackPath, callbackOrigins }: Omit<ServiceAddresses, 'returnOrigins'>,
): string {
  if (configured !== null) return configured;
  if (!fitsPath(connectionName)) {
    const why =
      'its name cannot be part of a path (it has a slash, a backslash or a percent sign, or is too long)';
    throw redirectUriUnknown(
      connectionName,
      `${why}. Declare \`redirect_uri\` for it, or give it another name.`,
    );
  }
  const path = withName(callbackPath, connectionName);
  const requested = requestOrigin === undefined ? null : originOf(requestOrigin);
  const listed = callbackOrigins.find((origin) => requested !== null && originOf(origin) === requested);
  if (listed !== undefined && requested !== null) return `${requested}${path}`;
  const base = publicUrl === null ? null : baseOf(publicUrl);
  if (base !== null) return `${base}${path}`;
  const remedy =
    'Declare `redirect_uri`, or set the option `publicUrl` of `new Connections` to the URL of this backend.';
  throw redirectUriUnknown(connectionName, `none is declared. ${remedy}`);
}

/** @param template with `{name}`, once */
export function withName(template: string, connectionName: string): string {
  return template.replace('{name}', () => encodeURIComponent(connectionName));
}

/** The URL with its path, without a slash at the end. */
function baseOf(publicUrl: string): string | null {
  const url = parseWebUrl(publicUrl);
  return url && `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function redirectUriUnknown(connectionName: string, why: string): ConnectionsError {
  return new ConnectionsError(
    'redirect_uri_unknown',
    `There is no redirect URI for connection ${quote(connectionName)}: ${why}`,
    { connectionName },
  );
}

/**
 * Whether a callback arrived where its flow was sent to: a code that another authorization server issued arrives at another path.
 * Hosts are not compared: behind a proxy, the request shows another one.
 * @param callback as the host received it
 * @param sentTo the redirect URI of the flow
 * @param publicUrl a proxy may have removed the path of this URL, or the beginning of it
 */
export function isAtRedirectUri(callback: URL, sentTo: string, publicUrl: string | null): boolean {
  const wanted = pathSegments(new URL(sentTo));
  const found = pathSegments(callback);
  const removed = wanted.length - found.length;
  if (removed < 0 || !isSamePath(wanted.slice(removed), found)) return false;
  const removable = publicUrl === null ? [] : pathSegments(new URL(publicUrl)).filter(Boolean);
  return removed <= removable.length && isSamePath(wanted.slice(0, removed), removable.slice(0, removed));
}

function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, index) => segment === other[index]);
}

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
    throw returnToRefused();
  const url = parseUrl(returnTo, NOWHERE);
  if (url === null || hasCredentials(url)) throw returnToRefused();
  if (!/^\/(?!\/)/.test(returnTo)) {
    if (/^https?:\/\//i.test(returnTo) && allowed.some((origin) => originOf(origin) === url.origin))
      return url.href;
    throw returnToRefused();
  }
  const path = `${url.pathname}${url.search}${url.hash}`;
  // "/.//evil" is a path that reads "//evil" once its dots are gone.
  if (url.origin !== NOWHERE || path.startsWith('//')) throw returnToRefused();
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

function returnToRefused(): ConnectionsError {
  return new ConnectionsError(
    'return_to_refused',
    '`returnTo` is neither a path that begins with a slash nor a URL at one of the `returnOrigins`. Write `/settings`, or add the ' +
      'origin of your own pages to that option.',
  );
}
