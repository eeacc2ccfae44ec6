/** Reads an address that may be none. */

/**
 * Not with `URL.canParse`: on Node 20 its compiled form says no to Latin-1 letters in a host name.
 * @returns null for what is no URL
 */
export function parseUrl(text: string, base?: string | URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
