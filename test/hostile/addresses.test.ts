/** No spelling of an address that is not public gets past the guard, judged by the bytes that it stands for. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkedAddress, isPublicAddress } from '../../src/oauth/addresses';
import { bytesOf, isSpecial } from './address-bytes';
import { any4, any6, forbidden, special4, special6, written } from './address-spellings';
import { runs } from './size';

const nobody: ReadonlySet<string> = new Set();

function checked(text: string): URL | null {
  try {
    return checkedAddress(text, nobody);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'address_refused') return null;
    throw error;
  }
}

it('checkedAddress refuses every spelling of a private, local or reserved address, or takes it for a name', () => {
  const size = runs(1_000, 55_000);
  let names = 0;
  fc.assert(
    fc.property(forbidden, (address) => {
      const url = checked(address);
      if (url === null) return;
      expect([url.protocol, url.username, url.password]).toEqual(['https:', '', '']);
      const bytes = bytesOf(url.hostname);
      // A name is looked up, and the guard decides about the addresses that DNS returns.
      if (bytes === null) names += 1;
      else expect(isSpecial(bytes) ? bytes : null).toBeNull();
    }),
    size,
  );
  expect(names).toBeLessThan(size.numRuns / 10);
});

it('isPublicAddress takes an address that DNS returns exactly if it is public', () => {
  fc.assert(
    fc.property(fc.oneof(special4, special6, any4, any6), (bytes) => {
      expect(isPublicAddress(written(bytes))).toBe(!isSpecial(bytes));
    }),
    runs(500, 50_000),
  );
});

it('checkedAddress takes public addresses and names in a URL', () => {
  const name = fc.domain();
  const literal = fc
    .oneof(any4, any6)
    .filter((bytes) => !isSpecial(bytes))
    .map((bytes) => (bytes.length === 4 ? written(bytes) : `[${written(bytes)}]`));
  fc.assert(
    fc.property(fc.oneof(name, literal), fc.constantFrom('', ':8443'), (host, port) => {
      const address = `https://${host}${port}/token`;
      expect(checked(address)?.href).toBe(new URL(address).href);
    }),
    runs(200, 10_000),
  );
});
