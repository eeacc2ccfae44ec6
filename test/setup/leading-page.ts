/** A page that leads its browser on by itself. */

/**
 * @param page as HTML
 * @param address of it, absolute
 * @returns where it leads; null where it stays
 */
export function addressAhead(page: string, address: string): string | null {
  const [, next] = /http-equiv="refresh"\s+content="0;url=([^"]*)"/.exec(page) ?? [];
  return next === undefined ? null : new URL(next.replaceAll('&amp;', '&'), address).href;
}
