/** Parses text that may not be a URL, and says what matters of one. */

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

/** @returns null for what is no http or https URL */
export function parseWebUrl(text: string): URL | null {
  const url = parseUrl(text);
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

/** @returns null for what is no http or https URL */
export function originOf(text: string): string | null {
  return parseWebUrl(text)?.origin ?? null;
}

export function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Whether a host name, as a URL has it, is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
