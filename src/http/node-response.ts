/** Writes an answer of the web platform to a response of `node:http` or `node:http2`. */

/** A response as `node:http`, `node:http2`, Connect and Express have it. */
export interface NodeResponse {
  statusCode: number;
  /** Whether the status and the headers are with the client. */
  readonly headersSent: boolean;
  /** Whether the answer is complete. */
  readonly writableEnded: boolean;
  /** Whether the client has gone. */
  readonly destroyed?: boolean | undefined;
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string | string[]): unknown;
  once(event: 'close', listener: () => void): unknown;
  end(): unknown;
  end(body: Uint8Array): unknown;
}

/** Headers that are of one connection (RFC 9110 section 7.6.1), which HTTP/2 does not allow. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Aborts when the client goes away before its answer is complete. */
export function departureOf(res: Pick<NodeResponse, 'once' | 'destroyed' | 'writableEnded'>): AbortSignal {
  const departure = new AbortController();
  const leave = () => {
    if (!res.writableEnded) departure.abort();
  };
  if (res.destroyed === true) leave();
  else res.once('close', leave);
  return departure.signal;
}

/**
 * The headers of an answer beside those that the host has set already: its cookies stay, and what its answers vary with.
 * @param before what the host has set of a name
 */
export function headersBeside(
  { headers }: Response,
  before: (name: string) => number | string | string[] | undefined,
): Map<string, string | string[]> {
  const beside = new Map<string, string | string[]>();
  for (const [name, value] of headers) if (!ofConnection.has(name)) beside.set(name, value);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) beside.set('set-cookie', [...listOf(before('set-cookie')), ...cookies]);
  const vary = headers.get('vary');
  if (vary !== null) beside.set('vary', [...listOf(before('vary')), vary].join(', '));
  return beside;
}

function listOf(value: number | string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [String(value)];
}

/** Sends an answer whose body is small, as all of the handler are, unless the client has gone or the host has answered it. */
export async function send(res: NodeResponse, response: Response, signal: AbortSignal): Promise<void> {
  const body = response.body && Buffer.from(await response.arrayBuffer());
  if (signal.aborted || res.headersSent) return;
  res.statusCode = response.status;
  for (const [name, value] of headersBeside(response, (known) => res.getHeader(known)))
    res.setHeader(name, value);
  if (body) res.end(body);
  else res.end();
}
