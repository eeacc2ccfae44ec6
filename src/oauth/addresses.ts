/**
 * Which addresses may be asked that the network taught us: public ones, over https. An address that an operator declared
 * is the operator's word, and so is everything at the same origin.
 */
import { BlockList, isIP } from 'node:net';
import { ConnectionsError, quote } from '../errors';

/** IANA's special-purpose registries (RFC 6890), multicast, and the ways to write an IPv4 address in IPv6. */
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

/** Only global unicast may be asked, and of that not what embeds an IPv4 address or is set aside. */
const PUBLIC_IPV6 = '2000::/3';
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const range of SPECIAL_IPV4) add(special, range, 'ipv4');
for (const range of SPECIAL_IPV6) add(special, range, 'ipv6');
const publicIpv6 = new BlockList();
add(publicIpv6, PUBLIC_IPV6, 'ipv6');

/** @param address as a resolver gives it */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  return version === 6 && publicIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/**
 * The URL, if it may be asked.
 * @param text from a metadata document, a header or a redirect
 * @param trusted origins that need no check
 * @throws ConnectionsError `address_refused`
 */
export function checkedAddress(text: unknown, trusted: ReadonlySet<string>): URL {
  const url = parsed(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw refused('a text that is no web address', 'it must be one');
  }
  if (trusted.has(url.origin)) return url;
  const origin = quote(url.origin, 200);
  if (url.protocol !== 'https:') throw refused(origin, 'it must be https');
  // The parser has written every spelling of an IPv4 address as four numbers, and IPv6 in brackets.
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw notPublic(origin);
  return url;
}

export function notPublic(origin: string): ConnectionsError {
  return refused(origin, 'its address is private, local or set aside');
}

function refused(what: string, why: string): ConnectionsError {
  return new ConnectionsError(
    'address_refused',
    `The MCP server or its authorization server leads to ${what}, which is not asked: ${why}. Nothing was sent. If that ` +
      'is where it should lead, put its origin into `trustedOrigins`.',
  );
}

function parsed(text: unknown): URL | null {
  try {
    return typeof text === 'string' ? new URL(text) : null;
  } catch {
    return null;
  }
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits = ''] = range.split('/');
  list.addSubnet(network, Number(bits), family);
}
