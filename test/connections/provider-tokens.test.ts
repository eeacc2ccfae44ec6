/** The entries of docs/providers.md: tokens are renewed, last, end and are kept as their provider documents. */
import { describe, expect, it, vi } from 'vitest';
import { HOUR_MS } from '../setup/connected';
import { ended } from '../setup/provider-journey';
import { having, useDocumentedProviders } from './provider-cases/documented';

const YEAR_MS = 8760 * HOUR_MS;
const outOfOrder = { status: 503, body: '<h1>Unavailable</h1>', code: 'provider_unavailable' } as const;

const { used, connected } = useDocumentedProviders();

async function tokensOf(userId: string) {
  const { accessTokenEncrypted, refreshTokenEncrypted, tokenType, ...row } = await used.host.row(userId);
  const { scopes, expiresAt, providerMetadata, status, statusReason } = row;
  const tokens = { accessTokenEncrypted, refreshTokenEncrypted, tokenType, scopes, expiresAt };
  return { ...tokens, providerMetadata, status, statusReason };
}

describe('Tokens', () => {
  it.each(having('refresh'))('of %s are renewed with the latest refresh token', async (_name, provider) => {
    const { request, answer, reading, next } = provider.refresh;
    const { journey, connections } = await connected(provider);
    const asked = ended(provider.exchange.reading);
    used.endpoint.nextAnswer(200, answer);
    expect(await journey.read(connections, asked)).toEqual(reading);
    const askedAgain = ended(reading);
    used.endpoint.nextAnswer(200, answer);
    expect(await journey.read(connections, askedAgain)).toEqual(reading);
    expect(journey.sent).toEqual([request, { ...request, body: { ...request.body, refresh_token: next } }]);
  });

  it.each(having('late'))('of %s are not renewed a second before their end', async (_name, provider) => {
    const { reading } = provider.exchange;
    const { journey, connections } = await connected(provider);
    vi.setSystemTime(Date.now() + ((reading.expiresIn ?? 0) - 1) * 1000);
    expect(await journey.read(connections)).toEqual({ ...reading, expiresIn: 1 });
    await connections.close();
    expect(journey.sent).toEqual([]);
  });

  it.each(having('lasting'))('of %s do not end, and nothing more is asked', async (_name, provider) => {
    const { reading } = provider.exchange;
    const { journey, connections } = await connected(provider);
    vi.setSystemTime(Date.now() + YEAR_MS);
    expect(await journey.read(connections)).toEqual(reading);
    const rejected = journey.read(connections, { rejectedToken: reading.accessToken });
    await expect(rejected).rejects.toMatchObject({ code: 'reauthorization_required' });
    expect(journey.sent).toEqual([]);
  });

  it.each(having('dead'))('of %s have ended when it says so', async (_name, provider) => {
    const { status, body } = provider.dead;
    const { journey, connections } = await connected(provider);
    const asked = ended(provider.exchange.reading);
    used.endpoint.nextAnswer(status, body);
    const required = { code: 'reauthorization_required' };
    await expect(journey.read(connections, asked)).rejects.toMatchObject(required);
    await expect(journey.read(connections, asked)).rejects.toMatchObject(required);
    expect(journey.sent).toHaveLength(1);
    expect(await journey.account(connections)).toMatchObject({
      status: 'reauthorization_required',
      reason: 'invalid_grant',
    });
  });

  it.each(having('refresh'))('of %s are kept while it is in trouble', async (_name, provider) => {
    const { request, answer, reading } = provider.refresh;
    const { status, body, code } = provider.trouble ?? outOfOrder;
    const { journey, connections } = await connected(provider);
    const before = await tokensOf(journey.userId);
    const asked = ended(provider.exchange.reading);
    used.endpoint.nextAnswer(status, body);
    await expect(journey.read(connections, asked)).rejects.toMatchObject({ code });
    expect(await tokensOf(journey.userId)).toEqual(before);
    vi.setSystemTime(Date.now() + HOUR_MS);
    used.endpoint.nextAnswer(200, answer);
    expect(await journey.read(connections, asked)).toEqual(reading);
    expect(journey.sent).toEqual([request, request]);
  });
});
