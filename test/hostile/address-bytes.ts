/**
 * What an address means, worked out from its bytes and from the registries of IANA (RFC 6890 and later), without the code
 * that is tested and without a parser of Node.
 */

/** Of an address with four bytes or sixteen. */
type Bytes = readonly number[];

/** Ranges that no request may reach: the first bytes, and how many bits of them count. */
const SPECIAL_4: readonly (readonly [Bytes, number])[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 4],
  [[240], 4],
];
const SPECIAL_6: readonly (readonly [Bytes, number])[] = [
  // All but global unicast, 2000::/3.
  [[0x00], 3],
  [[0x40], 2],
  [[0x80], 1],
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x20, 0x02], 16],
  [[0x3f, 0xff, 0x00], 20],
];

/** The ranges of addresses with so many bytes. */
export function specialRanges(length: 4 | 16) {
  return length === 4 ? SPECIAL_4 : SPECIAL_6;
}

export function isSpecial(bytes: Bytes): boolean {
  return specialRanges(bytes.length === 4 ? 4 : 16).some(([prefix, bits]) => startsWith(bytes, prefix, bits));
}

function startsWith(bytes: Bytes, prefix: Bytes, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 1) {
    const [index, mask] = [bit >> 3, 0x80 >> (bit & 7)];
    if (((bytes[index] ?? 0) & mask) !== ((prefix[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** Puts the first bits of a range over those of any bytes. */
export function within(bytes: Bytes, [prefix, bits]: readonly [Bytes, number]): number[] {
  return bytes.map((byte, index) => {
    const counted = Math.min(Math.max(bits - index * 8, 0), 8);
    const mask = (0xff << (8 - counted)) & 0xff;
    return ((prefix[index] ?? 0) & mask) | (byte & ~mask & 0xff);
  });
}

/** The bytes that a host of a parsed URL stands for; null for a name, which DNS decides about. */
export function bytesOf(hostname: string): number[] | null {
  if (hostname.startsWith('['))
    return groupsOf(hostname.slice(1, -1)).flatMap((group) => [group >> 8, group & 0xff]);
  // WHATWG URL: a host whose last label is a number is an IPv4 address, and is written as four numbers.
  const labels = hostname.replace(/\.$/, '').split('.');
  if (!/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '')) return null;
  return labels.map(Number);
}

/** The eight groups of an IPv6 address in hexadecimal, `::` filled in. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return parse(head);
  const [first, last] = [parse(head), parse(tail)];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}
