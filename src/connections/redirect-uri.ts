/**
 * Where the provider sends a user back to (RFC 6749 section 3.1.2): the host's backend, never a page of its frontend. Each
 * connection has a redirect URI of its own, since that is what tells apart the callbacks of two authorization servers
 * (RFC 9700 section 4.4.2.2).
 */
import { fitsPath } from '../config/names';
import { ConnectionsError, quote } from '../errors';
import { originOf, webAddress } from './return-to';

export interface RedirectOptions {
  readonly publicUrl: string | undefined;
  /** With `{name}` in place of the name of a connection. */
  readonly callbackPath: string;
  readonly callbackOrigins: readonly string[];
}

/**
 * What is configured wins; then a request's own origin, if it is on the list; then the public address.
 * @param requestOrigin from outside
 * @throws ConnectionsError `redirect_uri_unknown`
 */
export function redirectUri(
  connectionName: string,
  configured: string | null,
  requestOrigin: string | undefined,
  { publicUrl, callbackPath, callbackOrigins }: RedirectOptions,
): string {
  if (configured !== null) return configured;
  if (!fitsPath(connectionName)) {
    const why =
      'its name cannot be part of a path (it has a slash, a backslash or a percent sign, or is too long)';
    throw unknown(connectionName, `${why}. Declare \`redirect_uri\` for it, or give it another name.`);
  }
  const path = withName(callbackPath, connectionName);
  const requested = requestOrigin === undefined ? null : originOf(requestOrigin);
  const listed = callbackOrigins.find((origin) => requested !== null && originOf(origin) === requested);
  if (listed !== undefined && requested !== null) return `${requested}${path}`;
  const base = publicUrl === undefined ? null : parsedBase(publicUrl);
  if (base !== null) return `${base}${path}`;
  const remedy =
    'Declare `redirect_uri`, or set the option `publicUrl` of `new Connections` to the URL of this backend.';
  throw unknown(connectionName, `none is declared. ${remedy}`);
}

/** @param template with `{name}`, once */
export function withName(template: string, connectionName: string): string {
  return template.replace('{name}', () => encodeURIComponent(connectionName));
}

/** The URL with its path, without a slash at the end. */
function parsedBase(publicUrl: string): string | null {
  const url = webAddress(publicUrl);
  return url && `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function unknown(connectionName: string, why: string): ConnectionsError {
  return new ConnectionsError(
    'redirect_uri_unknown',
    `There is no redirect URI for connection ${quote(connectionName)}: ${why}`,
    { connectionName },
  );
}
