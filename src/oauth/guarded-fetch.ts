/**
 * A `fetch` that connects to public addresses only. It checks the addresses that DNS returns and connects to one of
 * exactly those, so that a second look-up cannot return another (DNS rebinding).
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookUp } from 'node:dns';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { quote } from '../errors';
import { checkedAddress, isPublicAddress, notPublic } from './addresses';
import type { Fetch } from './exchange';

type LookUp = NonNullable<RequestOptions['lookup']>;

const NONE: ReadonlySet<string> = new Set();

/** Only https; redirects are never followed. */
export const guardedFetch: Fetch = async (address, init) => {
  // A literal IP address never reaches `lookup`, so it is checked here.
  const url = checkedAddress(address, NONE);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<Response>((resolve, reject) => {
    const sent = send(
      url,
      {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        signal: init.signal ?? undefined,
        // No connection is reused: it may have been checked for another host name.
        agent: false,
        lookup: publicOnly(url.origin),
      },
      (incoming) => resolve(responseOf(incoming)),
    );
    sent.on('error', reject);
    sent.end(init.body ?? undefined);
  });
};

function publicOnly(origin: string): LookUp {
  return (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, '', 0);
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address))) {
        return done(notPublic(quote(origin, 200)), '', 0);
      }
      if (options.all) return done(null, addresses);
      const [first] = addresses as [LookupAddress];
      done(null, first.address, first.family);
    });
  };
}

function responseOf(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  const status = incoming.statusCode ?? 502;
  const hasNoBody = status === 204 || status === 205 || status === 304;
  if (hasNoBody) incoming.resume();
  const body = hasNoBody ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Response(body, { status: status < 200 || status > 599 ? 502 : status, headers });
}
