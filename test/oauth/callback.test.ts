import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionsError } from '../../src/errors';
import { readCallback } from '../../src/oauth/callback';

const invalid = expect.objectContaining({ name: 'ConnectionsError', code: 'callback_invalid' });
const read = (given: unknown) => readCallback(given as string);
const throws = () => {
  throw new TypeError('from a trap');
};

describe('readCallback', () => {
  it('reads a URL, as text or as an object, absolute or not', () => {
    const callback = { state: 's', code: 'c', error: null, errorDescription: null, issuer: 'i' };
    for (const given of ['/cb?state=s&code=c&iss=i', new URL('https://a.example/cb?state=s&code=c&iss=i')]) {
      expect(read(given)).toMatchObject(callback);
    }
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['an object', {}],
    ['a list', ['/cb?state=s']],
    ['a number', 42],
    ['a symbol', Symbol('s')],
    ['a function', () => '/cb?state=s'],
    ['an object without a prototype', Object.create(null)],
    ['an object that throws when it is made text', { toString: throws }],
    ['a proxy that throws', new Proxy({}, { get: throws, getPrototypeOf: throws, has: throws })],
    ['a URL that throws', Object.defineProperty(new URL('https://a.example'), 'href', { get: throws })],
    ['something that pretends to be a URL', Object.create(URL.prototype)],
    ['empty text', ''],
    ['no query', '/cb'],
    ['a long text', `/cb?state=${'s'.repeat(16_000)}`],
    ['a text that is no URL', 'http://['],
    ['two states', '/cb?state=a&state=b'],
  ])('refuses %s', (_what, given) => {
    expect(() => read(given)).toThrow(invalid);
  });

  it('gives parameters, or an error of ours, whatever it is given', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `/cb?state=s&${text}`),
      fc.array(fc.tuple(fc.string(), fc.string())).map((pairs) => `/?${String(new URLSearchParams(pairs))}`),
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
    );
    fc.assert(
      fc.property(anything, (given) => {
        try {
          expect(typeof read(given).state).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionsError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
