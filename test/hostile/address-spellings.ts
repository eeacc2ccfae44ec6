/** The many ways to write one address into a URL, from its bytes. */
import fc from 'fast-check';
import { specialRanges, within } from './address-bytes';

const byte = fc.nat(255);
const bytes = (count: number) => fc.array(byte, { minLength: count, maxLength: count });

/** Bytes of an address in one of the ranges that no request may reach. */
export const special4 = fc
  .tuple(bytes(4), fc.constantFrom(...specialRanges(4)))
  .map(([any, range]) => within(any, range));
export const special6 = fc
  .tuple(bytes(16), fc.constantFrom(...specialRanges(16)))
  .map(([any, range]) => within(any, range));

const radix = fc.constantFrom<(value: number) => string>(
  String,
  (value) => `0${value.toString(8)}`,
  (value) => `000${value.toString(8)}`,
  (value) => `0x${value.toString(16)}`,
  (value) => `0X${value.toString(16).toUpperCase()}`,
  (value) => `0x0000${value.toString(16)}`,
);

/** Parts of four bytes as inet_aton reads them: the last part holds all bytes that are left. */
function parts([a = 0, b = 0, c = 0, d = 0]: readonly number[], count: number): number[] {
  const all = [a, b, c, d];
  const last = all.slice(count - 1).reduce((sum, one) => sum * 256 + one, 0);
  return [...all.slice(0, count - 1), last];
}

/** Decimal, octal, hexadecimal, mixed, with one to four parts. */
const numbers = (address: fc.Arbitrary<number[]>) =>
  fc
    .tuple(address, fc.integer({ min: 1, max: 4 }), fc.array(radix, { minLength: 4, maxLength: 4 }))
    .map(([four, count, as]) =>
      parts(four, count)
        .map((part, index) => (as[index] ?? String)(part))
        .join('.'),
    );

const group = (high = 0, low = 0) => ((high << 8) | low).toString(16);
const hexOf = (given: readonly number[]) =>
  Array.from({ length: given.length / 2 }, (_, index) => group(given[2 * index], given[2 * index + 1]));
const dots = (four: readonly number[]) => four.join('.');

/** IPv6 addresses in which an IPv4 address is hidden. */
const embeddings: readonly ((four: readonly number[], other: readonly number[]) => string)[] = [
  (four) => `::ffff:${dots(four)}`,
  (four) => `::ffff:${hexOf(four).join(':')}`,
  (four) => `0:0:0:0:0:ffff:${hexOf(four).join(':')}`,
  (four) => `0000:0000:0000:0000:0000:FFFF:${dots(four)}`,
  (four) => `::ffff:0:${dots(four)}`,
  (four) => `::${dots(four)}`,
  (four) => `::${hexOf(four).join(':')}`,
  (four) => `64:ff9b::${dots(four)}`,
  (four) => `64:ff9b:1::${hexOf(four).join(':')}`,
  (four) => `2002:${hexOf(four).join(':')}::1`,
  // Teredo: the client's address with all bits turned over.
  (four, other) => `2001:0:${hexOf(other).join(':')}:0:1:${hexOf(four.map((one) => one ^ 0xff)).join(':')}`,
  (four) => `fe80::5efe:${dots(four)}`,
];
const embedded = fc
  .tuple(special4, bytes(4), fc.constantFrom(...embeddings))
  .map(([four, other, write]) => `[${write(four, other)}]`);

/** Eight groups: in full, with leading zeros, in capitals, or with `::` for the longest run of zeros. */
const writings: readonly ((groups: readonly string[]) => string)[] = [
  (groups) => groups.join(':'),
  (groups) => groups.map((one) => one.padStart(4, '0')).join(':'),
  (groups) => groups.join(':').toUpperCase(),
  (groups) => groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::'),
];
const bracketed = (address: fc.Arbitrary<number[]>) =>
  fc
    .tuple(
      address,
      fc.constantFrom(...writings),
      fc.constantFrom('', '', '', '%eth0', '%25eth0', '%251', '%'),
    )
    .map(([sixteen, write, zone]) => `[${write(hexOf(sixteen))}${zone}]`);

const digits = (zero: number) => (text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
/** What a URL parser undoes. */
const disguises = fc.constantFrom<(host: string) => string>(
  (host) => host,
  (host) => host,
  (host) => `${host}.`,
  (host) => `${host}..`,
  (host) => host.replace(/./g, (one) => `%${(one.codePointAt(0) ?? 0).toString(16)}`),
  (host) => host.replaceAll('.', '%2e'),
  (host) => host.replaceAll('.', '\u3002'),
  (host) => host.replaceAll('.', '\uFF0E'),
  (host) => host.replaceAll('.', '\uFF61'),
  digits(0xff10),
  digits(0x1d7ce),
  digits(0x1d7f6),
  (host) => host.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1)),
  (host) => host.replace(/\d/, (digit) => `\u00AD${digit}`),
  (host) => host.replace(/\d/, (digit) => `\u200B${digit}`),
);
const disguised = fc.tuple(numbers(special4), disguises).map(([host, as]) => as(host));

const scheme = fc.constantFrom('https:', 'https:', 'https:', 'HTTPS:', 'http:');
const slashes = fc.constantFrom('//', '//', '//', '/', '', '///', '/\\', '\\\\');
const user = fc.constantFrom('', '', '', '', 'auth.example.com@', 'user:pw@');
const rest = fc.constantFrom(
  '',
  '/',
  ':443',
  ':8443/token',
  '/.well-known/x',
  '?a',
  '#a',
  ':443/?@1.1.1.1',
  '/@1.1.1.1',
);

/** Addresses that no request may be sent to, however they are written. */
export const forbidden = fc
  .tuple(scheme, slashes, user, fc.oneof(numbers(special4), disguised, embedded, bracketed(special6)), rest)
  .map((all) => all.join(''));

/** Honest addresses, as bytes. */
export const any4 = bytes(4);
export const any6 = fc
  .tuple(fc.integer({ min: 0x20, max: 0x3f }), bytes(15))
  .map(([first, more]) => [first].concat(more));
export const written = (given: readonly number[]) =>
  given.length === 4 ? dots(given) : hexOf(given).join(':');
