/**
 * A `fetch` that connects to public addresses only. It checks the addresses that DNS returns and connects to one of
 * exactly those, so that a second look-up cannot return another (DNS rebinding).
 */
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { lookup as lookUp } from 'node:dns';
import { quote } from '../errors';
import { isPublicAddress, notPublic, requirePublic } from './addresses';
import type { Fetch } from './exchange';
import type { LookUp } from './request';
import { sendRequest } from './request';

const NONE: ReadonlySet<string> = new Set();

/** Only https; redirects are never followed. */
export const guardedFetch: Fetch = async (address, init) => {
  // A literal IP address never reaches `lookup`, so it is checked here.
  const url = new URL(address);
  requirePublic(url, NONE);
  return sendRequest(url, init, publicOnly(url.origin));
};

type Resolver = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A look-up of public addresses only.
 * @param resolve default that of the system
 */
export function publicOnly(origin: string, resolve: Resolver = lookUp): LookUp {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const usable = error ? [] : publicAddresses(addresses);
      const [first] = usable;
      if (!first) return done(error ?? notPublic(quote(origin, 200)), '', 0);
      if (options.all) return done(null, usable);
      done(null, first.address, first.family);
    });
  };
}

/** None unless all are public. Nothing is thrown, since an error in a callback of the resolver cannot be caught. */
function publicAddresses(addresses: LookupAddress[]): LookupAddress[] {
  try {
    return addresses.every(({ address }) => isPublicAddress(address)) ? addresses : [];
  } catch {
    return [];
  }
}
