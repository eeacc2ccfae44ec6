import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/config/definition';
import type { IssuedTokens } from '../../src/oauth/token-answer';
import { accountRef } from '../../src/tokens/account-ref';
import { keyRing } from '../../src/tokens/key-ring';
import { TokenSeal } from '../../src/tokens/token-seal';

const seal = new TokenSeal(keyRing({ current: 'k1', keys: { k1: Buffer.alloc(32, 1) } }));
const under = { issuer: null, configFingerprint: 'f'.repeat(64) };

const closed = (changes: Partial<IssuedTokens>, before: string | null = null) => {
  const tokens: IssuedTokens = {
    accessToken: 'at',
    refreshToken: 'rt',
    tokenType: 'Bearer',
    scopes: undefined,
    expiresAt: null,
    providerMetadata: undefined,
    ...changes,
  };
  return seal.close(accountRef('ada', 'linear'), tokens, under, 'read', before);
};

describe('TokenSeal', () => {
  it('stores tokens without metadata that is nested too deeply to be written', async () => {
    let nested: JsonValue = 'end';
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    const values = await closed({ providerMetadata: { nested } });
    expect([values.providerMetadata, values.scopes]).toEqual([null, 'read']);
  });

  it.each(['not JSON', '', '["a"]', '"text"', '7', 'null', '{"team":'])(
    'takes nothing from a column that holds %j in place of an object',
    async (before) => {
      const providerMetadata: JsonObject = { team: 'x' };
      expect((await closed({ providerMetadata }, before)).providerMetadata).toBe('{"team":"x"}');
    },
  );

  it('says of tokens that cannot be sent why the user has to connect again', async () => {
    expect((await closed({})).statusReason).toBeNull();
    expect((await closed({ tokenType: 'dpop' })).statusReason).toBe('token_unusable');
  });
});
