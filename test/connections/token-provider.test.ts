/** What a refresh says of the new token's life, where the answer and the declaration say nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OAuthOptions } from '../../src/config/definition';
import type { Provider } from '../../src/connections/provider';
import { tokenProvider } from '../../src/connections/token-provider';

const HOUR_MS = 3_600_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** How long the new token lives, in milliseconds. */
async function lifetime(answer: object, options: OAuthOptions, formerLifetimeMs?: number | null) {
  const provider: Provider = {
    name: 'api',
    under: { issuer: null, configFingerprint: 'f' },
    clientId: 'c',
    authorizeUrl: null,
    tokenUrl: 'https://id.example.test/token',
    revokeUrl: null,
    options,
    isResourceDiscovered: false,
    scopes: [],
    namesIssuer: false,
    requestMs: 5_000,
    exchangeWith: () => ({
      timeoutMs: 5_000,
      fetch: async () => Response.json({ access_token: 'new', ...answer }),
    }),
    client: async () => ({ id: 'c', secret: null }),
  };
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
