/**
 * Decides which URLs from metadata, headers and redirects may be requested: public addresses, over https. Origins that an
 * operator declared or listed are trusted and not checked.
 */
import { BlockList, isIP } from 'node:net';
import { ConnectionsError, quote } from '../errors';
import { hasCredentials, parseWebUrl } from '../url';
import { MAX_ADDRESS } from './limits';

/** IANA's special-purpose registry (RFC 6890), and multicast. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Global unicast, without the ranges below, which are reserved or contain an IPv4 address. */
const PUBLIC_IPV6 = '2000::/3';
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const range of SPECIAL_IPV4) add(special, range, 'ipv4');
for (const range of SPECIAL_IPV6) add(special, range, 'ipv6');
const publicIpv6 = new BlockList();
add(publicIpv6, PUBLIC_IPV6, 'ipv6');

/** @param address an IP address, as a DNS resolver returns it */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  return version === 6 && publicIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** Who gave an address, at the beginning of a sentence. */
const ANY_SERVER = 'The MCP server or its authorization server';

const TO_TRUST =
  'If that is the right server, add its origin to the option `trustedOrigins`, for this connection.';

/**
 * Parses a URL and checks that it may be requested.
 * @param text from a metadata document, a header or a redirect
 * @param trusted origins that are not checked
 * @param giver what gave the address, at the beginning of a sentence; default any of the servers
 * @throws ConnectionsError `address_refused`
 */
export function checkedAddress(text: unknown, trusted: ReadonlySet<string>, giver: string = ANY_SERVER): URL {
  const url = typeof text === 'string' && text.length <= MAX_ADDRESS ? parseWebUrl(text) : null;
  if (!url || hasCredentials(url)) {
    throw new ConnectionsError(
      'address_refused',
      `${giver} gives no address of at most 2,048 characters that is an http or https URL without user name and password. ` +
        'Nothing was sent to it. Ask the operator of the server to correct it, or declare `authorize_url`, `token_url` and ' +
        '`client_id` for the connection.',
    );
  }
  requirePublic(url, trusted, giver);
  return url;
}

/**
 * Checks a URL that is known to be sound.
 * @param trusted origins that are not checked
 * @param giver as in `checkedAddress`
 * @param remedy what to do where the address is right; default to trust it
 * @throws ConnectionsError `address_refused` unless it uses https, and no IP address that is not public
 */
export function requirePublic(
  url: URL,
  trusted: ReadonlySet<string>,
  giver: string = ANY_SERVER,
  remedy: string = TO_TRUST,
): void {
  if (trusted.has(url.origin)) return;
  const origin = quote(url.origin, 200);
  if (url.protocol !== 'https:') throw addressRefused(giver, origin, 'which does not use https', remedy);
  // The URL parser writes every spelling of an IPv4 address as four numbers, and IPv6 in brackets.
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw notPublic(origin, giver, remedy);
}

/** The error for an address that is not public, with the parameters of `requirePublic`; `origin` is quoted already. */
export function notPublic(
  origin: string,
  giver: string = ANY_SERVER,
  remedy: string = TO_TRUST,
): ConnectionsError {
  return addressRefused(giver, origin, 'whose IP address is private, local or reserved', remedy);
}

function addressRefused(giver: string, origin: string, why: string, remedy: string): ConnectionsError {
  return new ConnectionsError(
    'address_refused',
    `${giver} points to ${origin}, ${why}. Nothing was sent there. ${remedy}`,
  );
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits = ''] = range.split('/');
  list.addSubnet(network, Number(bits), family);
}
