/** Requests sent and answers read in both ways: with Node's `fetch`, and with `sendRequest`. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Fetch } from '../../src/oauth/exchange';
import { exchange } from '../../src/oauth/exchange';
import type { LookUp } from '../../src/oauth/request';
import { sendRequest } from '../../src/oauth/request';

/** `sendRequest`, for which every name has these addresses. */
export function sendTo(...addresses: string[]): Fetch {
  const lookup: LookUp = (_host, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  return (url, init) => sendRequest(new URL(url), init, lookup);
}

export const FETCHES: readonly [string, Fetch][] = [
  ['fetch', globalThis.fetch],
  ['sendRequest', sendTo('127.0.0.1')],
];

export async function listening(listener: RequestListener, host = '127.0.0.1') {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(0, host, resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** What only browsers need, and `accept-encoding`, in which `fetch` does not ask for Brotli over http. */
const IGNORED = new Set(['accept-language', 'sec-fetch-mode', 'accept-encoding']);

async function seenOf(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headersDistinct).filter(([name]) => !IGNORED.has(name));
  return {
    line: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString(),
  };
}

/**
 * What the server saw and what the caller got, in each way.
 * @param raw the answer, byte for byte; the connection is closed after it
 */
export async function bothWays(path: string, init: RequestInit, raw: Buffer, host = '127.0.0.1') {
  let seen: unknown;
  const answer = async (request: IncomingMessage) => {
    seen = await seenOf(request);
    request.socket.end(raw);
  };
  const { port } = await listening((request) => void answer(request), host.replace(/[[\]]/g, ''));
  const results = [];
  for (const [, fetch] of FETCHES) {
    let headers: unknown;
    let statusText: unknown;
    const noted: Fetch = async (url, options) => {
      const response = await fetch(url, options);
      headers = [...response.headers];
      ({ statusText } = response);
      return response;
    };
    const got = await exchange(`http://${host}:${port}${path}`, init, { fetch: noted, timeoutMs: 5_000 });
    results.push({ seen, got, headers, statusText });
  }
  const [plain, other] = results;
  return { plain, other };
}
