/** The entries of docs/providers.md: each gives the requests that its provider documents, from consent to revocation. */
import { describe, expect, it } from 'vitest';
import { cases, having, sections, useDocumentedProviders } from './provider-cases/documented';

const { used, begin, connected } = useDocumentedProviders();

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
