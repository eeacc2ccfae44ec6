/**
 * A `fetch` that connects to public addresses only. It checks the addresses that DNS returns and connects to one of
 * exactly those, so that a second look-up cannot return another (DNS rebinding).
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookUp } from 'node:dns';
import { quote } from '../errors';
import { checkedAddress, isPublicAddress, notPublic } from './addresses';
import type { Fetch } from './exchange';
import type { LookUp } from './request';
import { sendRequest } from './request';

const NONE: ReadonlySet<string> = new Set();

/** Only https; redirects are never followed. */
export const guardedFetch: Fetch = async (address, init) => {
  // A literal IP address never reaches `lookup`, so it is checked here.
  const url = checkedAddress(address, NONE);
  return sendRequest(url, init, publicOnly(url.origin));
};

function publicOnly(origin: string): LookUp {
  return (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      const problem = error ?? refusal(addresses, origin);
      const [first] = addresses ?? [];
      if (problem || !first) return done(problem ?? notPublic(quote(origin, 200)), '', 0);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

/** An error is returned and not thrown: nobody could catch it in a callback of the resolver. */
function refusal(addresses: readonly LookupAddress[], origin: string): Error | null {
  const isPublic = addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address));
  return isPublic ? null : notPublic(quote(origin, 200));
}
