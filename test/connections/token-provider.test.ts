/** A refresh: what it says of the new token's life, and how it fails before anything is sent. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OAuthOptions } from '../../src/config/definition';
import type { Provider } from '../../src/connections/provider/provider';
import { providerRefused } from '../../src/connections/provider/refusal';
import { tokenProvider } from '../../src/connections/provider/token-requests';

const HOUR_MS = 3_600_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function providerWith(options: OAuthOptions, exchangeWith: Provider['exchangeWith']): Provider {
  return {
    isDiscovered: false,
    name: 'api',
    under: { issuer: null, configFingerprint: 'f' },
    tokenUrl: 'https://id.example.test/token',
    revokeUrl: null,
    options,
    scopes: [],
    requestMs: 5_000,
    exchangeWith,
    client: async () => ({ id: 'c', secret: null }),
  };
}

/** How long the new token lives, in milliseconds. */
async function lifetime(answer: object, options: OAuthOptions, formerLifetimeMs: number | null = null) {
  const fetch = async () => Response.json({ access_token: 'new', ...answer });
  const provider = providerWith(options, () => ({ timeoutMs: 5_000, fetch }));
  const send = await tokenProvider(provider, async () => false).prepare();
  const read = await send('rt', null, formerLifetimeMs);
  if (read.kind !== 'tokens') throw new Error(read.kind);
  const { expiresAt } = read.tokens;
  return expiresAt === null ? null : expiresAt.getTime() - Date.now();
}

describe('A refreshed token', () => {
  it('lives as long as the token before it', async () => {
    expect(await lifetime({}, {}, HOUR_MS)).toBe(HOUR_MS);
  });

  it('does not expire where the token before it did not, or nothing is known of that', async () => {
    expect(await lifetime({}, {}, null)).toBeNull();
    expect(await lifetime({}, {})).toBeNull();
  });

  it('lives as the answer says, or else the declaration, before anything that was', async () => {
    expect(await lifetime({ expires_in: 60 }, { default_expires_in: 120 }, HOUR_MS)).toBe(60_000);
    expect(await lifetime({ expires_in: 0 }, { default_expires_in: 120 }, HOUR_MS)).toBe(120_000);
  });
});

describe('The scopes of a refresh', () => {
  it.each<[string, string | null, readonly string[], string | null]>([
    ['those that were granted', 'a b', ['b', 'c'], 'a b'],
    ['those that are declared where none are known to be granted', null, ['b', 'c'], 'b c'],
    [
      '`offline_access` where it is declared, which servers do not grant',
      'a',
      ['a', 'offline_access'],
      'offline_access a',
    ],
    ['left out where there are none', '', [], null],
  ])('are %s', async (_what, granted, scopes, sent) => {
    let body: URLSearchParams | null = null;
    const fetch = async (_url: unknown, { body: given }: RequestInit = {}) => {
      body = new URLSearchParams(given as string);
      return Response.json({ access_token: 'new' });
    };
    const provider = providerWith({ refresh_scope: 'requested' }, () => ({ timeoutMs: 5_000, fetch }));
    const send = await tokenProvider({ ...provider, scopes }, async () => false).prepare();
    await send('rt', granted, null);
    expect((body as URLSearchParams | null)?.get('scope')).toBe(sent);
  });
});

describe('A refresh that cannot be sent', () => {
  it('ends in an error whose `cause` says why, as its message promises', async () => {
    const why = new Error('why');
    const provider = providerWith({}, () => {
      throw why;
    });
    const send = await tokenProvider(provider, async () => false).prepare();
    const answer = await send('rt', null, null);
    if (answer.kind !== 'misconfigured') throw new Error(answer.kind);
    const error = providerRefused({ connectionName: 'api', account: 'work' }, answer, 'refresh');
    expect(error).toMatchObject({ code: 'provider_refused', cause: why });
    expect(error.message).toMatch(
      /could not be made\. Stored tokens are kept\. The `cause` of this error says why\./,
    );
  });
});
