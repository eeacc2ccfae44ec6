/** Bounds on single values that a server sends. */

/** The last instant that the tables can hold, in milliseconds since the epoch. */
export const LATEST_MS = Date.UTC(9999, 11, 31);

/** Of a URL, in characters; servers refuse requests with longer ones. */
export const MAX_ADDRESS = 2_048;

const PRINTABLE = /^[\x20-\x7e]+$/;

/** Whether a text is 1*VSCHAR (RFC 6749 appendix A), as client ids, secrets and tokens are. */
export function isPrintable(text: string, limit = Infinity): boolean {
  return text.length <= limit && PRINTABLE.test(text);
}
