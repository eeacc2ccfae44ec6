/**
 * Whether a callback arrived where its flow was sent to. Each connection has a redirect URI of its own, so a code that another
 * authorization server issued arrives at another path (RFC 9700 section 4.4.2.2). Hosts are not compared: behind a proxy,
 * the request shows another one.
 */
import { pathSegments } from '../config/authorization-server';

/**
 * @param callback as the host received it
 * @param redirectUri of the flow
 * @param publicUrl a proxy may have removed the path of this URL, or the beginning of it
 */
export function isAtRedirectUri(callback: URL, redirectUri: string, publicUrl: string | undefined): boolean {
  const wanted = pathSegments(new URL(redirectUri));
  const found = pathSegments(callback);
  const removed = wanted.length - found.length;
  if (removed < 0 || !isSame(wanted.slice(removed), found)) return false;
  const removable = publicUrl === undefined ? [] : pathSegments(new URL(publicUrl)).filter(Boolean);
  return removed <= removable.length && isSame(wanted.slice(0, removed), removable.slice(0, removed));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, index) => segment === other[index]);
}
