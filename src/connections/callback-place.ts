/**
 * Whether a callback arrived where its flow was sent to. Each connection has a redirect URI of its own, so a code that another
 * authorization server issued arrives at another path (RFC 9700 section 4.4.2.2). Hosts are not compared: behind a proxy,
 * the request shows another one.
 */

/**
 * @param callback as the host received it
 * @param redirectUri of the flow
 * @param publicUrl a proxy may have removed the path of this URL, or the beginning of it
 */
export function isAtRedirectUri(callback: URL, redirectUri: string, publicUrl: string | undefined): boolean {
  const expected = new URL(redirectUri);
  const hasQuery = [...expected.searchParams].every(([name, value]) =>
    callback.searchParams.getAll(name).includes(value),
  );
  if (!hasQuery) return false;
  const wanted = segmentsOf(expected.pathname);
  const found = segmentsOf(callback.pathname);
  const removed = wanted.length - found.length;
  if (removed < 0 || !isSame(wanted.slice(removed), found)) return false;
  const removable = publicUrl === undefined ? [] : segmentsOf(new URL(publicUrl).pathname.replace(/\/$/, ''));
  return removed <= removable.length && isSame(wanted.slice(0, removed), removable.slice(0, removed));
}

/** Decoded one by one, since a proxy may write the same character in another way. */
function segmentsOf(pathname: string): string[] {
  return pathname.split('/').slice(1).map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, index) => segment === other[index]);
}
