/** Where the provider sends a user back to (RFC 6749 section 3.1.2): the host's backend, never a page of its frontend. */
import { ConnectionsError, quote } from '../errors';
import { originOf, webAddress } from './return-to';

export interface RedirectOptions {
  readonly publicUrl: string | undefined;
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
  const requested = requestOrigin === undefined ? null : originOf(requestOrigin);
  const listed = callbackOrigins.find((origin) => requested !== null && originOf(origin) === requested);
  if (listed !== undefined && requested !== null) return `${requested}${callbackPath}`;
  const base = publicUrl === undefined ? null : parsedBase(publicUrl);
  if (base !== null) return `${base}${callbackPath}`;
  throw new ConnectionsError(
    'redirect_uri_unknown',
    `There is no redirect URI for connection ${quote(connectionName)}. Declare \`redirect_uri\`, or set the option ` +
      '`publicUrl` of `new Connections` to the URL of this backend.',
    { connectionName },
  );
}

/** The URL with its path, without a slash at the end. */
function parsedBase(publicUrl: string): string | null {
  const url = webAddress(publicUrl);
  return url && `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}
