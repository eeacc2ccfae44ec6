import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { publicOnly } from '../../src/oauth/guarded-fetch';
import { sendRequest } from '../../src/oauth/request';

const ORIGIN = 'https://auth.example.com';
const address = (text: string, family = 4): LookupAddress => ({ address: text, family });

/** A request for a name that a resolver answers in this way. */
const asked = (error: Error | null, addresses: unknown) =>
  sendRequest(
    new URL(ORIGIN),
    {},
    publicOnly(
      ORIGIN,
      (_name, _options, done) => void setImmediate(done, error, addresses as LookupAddress[]),
    ),
  );

describe('publicOnly', () => {
  it.each<[string, unknown]>([
    ['none', []],
    ['nothing', undefined],
    ['a private one', [address('10.0.0.1')]],
    ['a public and a private one', [address('1.1.1.1'), address('127.0.0.1')]],
    ['a private one that embeds a public one', [address('::ffff:1.1.1.1', 6)]],
    ['no address', [address('no address')]],
    ['something else', [null, {}]],
  ])('connects nowhere when a name has as its addresses %s', async (_what, addresses) => {
    await expect(asked(null, addresses)).rejects.toMatchObject({ code: 'address_refused' });
  });

  it('gives the error of the resolver', async () => {
    const error = Object.assign(new Error('m'), { code: 'ENOTFOUND' });
    await expect(asked(error, undefined)).rejects.toBe(error);
  });

  it('gives the error of a resolver that throws', async () => {
    const error = new TypeError('m');
    const lookup = publicOnly(ORIGIN, () => {
      throw error;
    });
    await expect(sendRequest(new URL(ORIGIN), {}, lookup)).rejects.toBe(error);
  });

  it('gives exactly the addresses that were checked', async () => {
    const checked = [address('1.1.1.1'), address('2606:4700::1111', 6)];
    const lookup = publicOnly(ORIGIN, (_name, _options, done) => done(null, checked));
    const given = (all: boolean) =>
      new Promise((resolve) => lookup('a', { all }, (...answer) => resolve(answer)));
    expect(await given(true)).toEqual([null, checked]);
    expect(await given(false)).toEqual([null, '1.1.1.1', 4]);
  });
});
