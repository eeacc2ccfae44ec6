/** The entries of docs/providers.md: each gives the requests that its provider documents, and reads its answers. */
import { describe, expect, it, vi } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { SecretResolver } from '../../src';
import { HOUR_MS } from '../setup/connected';
import { fetchOf, providerSections } from '../setup/provider-docs';
import { ended } from '../setup/provider-journey';
import { useProviderHost } from '../setup/provider-host';
import { capturedCases } from './provider-cases/captured';
import type { ProviderCase } from './provider-cases/case';
import { secretIn } from './provider-cases/case';
import { errorInSuccessCases } from './provider-cases/errors-in-success';
import { lifetimeCases } from './provider-cases/lifetimes';
import { offlineCases } from './provider-cases/offline';
import { requestCases } from './provider-cases/requests';

const cases = [offlineCases, errorInSuccessCases, capturedCases, lifetimeCases, requestCases].flat();
const sections = providerSections();
const YEAR_MS = 8760 * HOUR_MS;
const outOfOrder = { status: 503, body: '<h1>Unavailable</h1>', code: 'provider_unavailable' } as const;

const used = useProviderHost();

/** The entry of a section, a user, and `Connections` that ask the endpoint. */
async function begin({ section: title, environment = {} }: ProviderCase) {
  const section = sections.find((one) => one.title === title);
  if (!section) throw new Error(`no section ${title}`);
  const parsed = parseConnections(section.entry, { environment });
  const [name = ''] = parsed.connections.keys();
  const journey = used.newJourney(name);
  const options = {
    publicUrl: 'https://api.example.test',
    resolveSecret: secretOf,
    fetch: await fetchOf(section, journey.fetch),
  };
  return { parsed, journey, connections: used.host.connections(options, parsed) };
}

const secretOf: SecretResolver = (reference) =>
  secretIn(reference.kind === 'env' ? reference.name : reference.kind);

async function connected(provider: ProviderCase) {
  const begun = await begin(provider);
  used.endpoint.nextAnswer(200, provider.exchange.answer);
  await begun.journey.connect(begun.connections, provider.callback);
  begun.journey.sent.length = 0;
  return begun;
}

async function tokensOf(userId: string) {
  const { accessTokenEncrypted, refreshTokenEncrypted, tokenType, ...row } = await used.host.row(userId);
  const { scopes, expiresAt, providerMetadata, status, statusReason } = row;
  const tokens = { accessTokenEncrypted, refreshTokenEncrypted, tokenType, scopes, expiresAt };
  return { ...tokens, providerMetadata, status, statusReason };
}

type Having<Key extends keyof ProviderCase> = ProviderCase & {
  readonly [K in Key]-?: NonNullable<ProviderCase[K]>;
};

/** The cases that say something of it, each with its name. */
function having<Key extends keyof ProviderCase>(key: Key): [string, Having<Key>][] {
  return cases
    .filter((one): one is Having<Key> => (one[key] ?? null) !== null)
    .map((one) => [one.variant === undefined ? one.section : `${one.section}, ${one.variant}`, one]);
}

describe('docs/providers.md', () => {
  it('has a case for each section, and a section for each case', () => {
    const titles = new Set(cases.map(({ section }) => section));
    expect(sections.map(({ title }) => title).toSorted()).toEqual([...titles].toSorted());
  });

  it.each(having('section'))('has an entry without a problem for %s', async (_name, provider) => {
    const { parsed } = await begin(provider);
    expect(parsed.problems).toEqual([]);
    expect(parsed.skipped).toEqual([]);
    expect(parsed.connections.size).toBe(1);
  });
});

describe('A user', () => {
  it.each(having('section'))('connects to %s with the documented requests', async (_name, provider) => {
    const { authorization, callback, exchange } = provider;
    const { journey, connections } = await begin(provider);
    expect(await journey.authorize(connections)).toEqual(authorization);
    used.endpoint.nextAnswer(200, exchange.answer);
    const { scopes } = await journey.complete(connections, callback);
    expect(journey.sent).toEqual([exchange.request]);
    expect(await journey.read(connections)).toEqual(exchange.reading);
    expect(scopes).toEqual(exchange.reading.scopes);
  });

  it.each(having('refusedCode'))('is told that %s does not take a code', async (_name, provider) => {
    const { status, body } = provider.refusedCode;
    const { journey, connections } = await begin(provider);
    used.endpoint.nextAnswer(status, body);
    await expect(journey.connect(connections)).rejects.toMatchObject({ code: 'authorization_failed' });
    expect(await journey.account(connections)).toBeUndefined();
  });

  it.each(having('revocation'))('gives tokens of %s back', async (_name, provider) => {
    const { journey, connections } = await connected(provider);
    used.endpoint.nextAnswer(200, {});
    expect(await connections.disconnect(journey.userId, journey.name)).toEqual({
      removed: true,
      revocation: 'revoked',
    });
    expect(journey.sent).toEqual([provider.revocation]);
  });
});

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
