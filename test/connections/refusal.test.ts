/** The advice of `provider_refused`: each names what helps, and it does. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import type { Connections } from '../../src';
import { declaration, entry } from '../setup/declarations';
import type { ProviderJourney, SentRequest } from '../setup/provider-journey';
import { ended, sentRequest } from '../setup/provider-journey';
import { useProviderHost } from '../setup/provider-host';
import { codeRefusals } from './provider-cases/code-refusals';
import { pageRefusals } from './provider-cases/page-refusals';
import { isRefresh, issued, SECRET } from './provider-cases/quirk';
import { refreshRefusals } from './provider-cases/refresh-refusals';

const used = useProviderHost();

/** Answers with tokens unless this says otherwise. */
function serve(refuse: (request: SentRequest) => readonly [status: number, body: object] | null): void {
  used.endpoint.otherwise = (response, received) => {
    const request = sentRequest(received.path, received);
    const [status, body] = refuse(request) ?? [200, issued(request)];
    const location = { location: 'https://id.example.test/new' };
    response
      .writeHead(status, { 'content-type': 'application/json', ...(status === 307 ? location : {}) })
      .end(JSON.stringify(body));
  };
}

function begin(declared: JsonObject, journey: ProviderJourney): Connections {
  const oauth_config: JsonObject = {
    client_id: 'the-id',
    client_secret: SECRET,
    authorize_url: 'https://id.example.test/authorize',
    token_url: 'https://id.example.test/token',
    scopes: ['a', 'b'],
    ...declared,
  };
  const parsed = parseConnections(declaration({ api: entry({ oauth_config }) }));
  expect(parsed.problems).toEqual([]);
  return used.host.connections({ publicUrl: 'https://api.example.test', fetch: journey.fetch }, parsed);
}
const newJourney = () => used.newJourney('api');

async function failure(work: Promise<unknown>) {
  return work.then(
    () => ({ code: 'fine', message: '' }),
    (error: { code: string; message: string }) => error,
  );
}

describe('An authorization that is refused', () => {
  it.each(pageRefusals)(
    'as $error is accepted with $remedy',
    async ({ error, takes, before, after, remedy }) => {
      const journey = newJourney();
      serve(() => null);
      const refusing = begin(before, journey);
      await journey.authorize(refusing);
      expect(takes(journey.asked)).toBe(false);
      const refused = await failure(journey.complete(refusing, { error, code: '' }));
      expect(refused).toMatchObject({
        code: 'authorization_failed',
        message: expect.stringContaining(remedy),
      });
      const corrected = begin(after, journey);
      await journey.authorize(corrected);
      expect(takes(journey.asked)).toBe(true);
      await journey.complete(corrected);
    },
  );

  it('as unauthorized_client names what the provider has to allow', async () => {
    const journey = newJourney();
    const connections = begin({}, journey);
    await journey.authorize(connections);
    const { message } = await failure(
      journey.complete(connections, { error: 'unauthorized_client', code: '' }),
    );
    expect(message).toContain('allow the client the grant type `authorization_code`');
  });
});

describe('A code that is refused', () => {
  it.each(codeRefusals)(
    'as $what is accepted with $remedy',
    async ({ refuse, before, after, says, code }) => {
      const journey = newJourney();
      serve((request) => refuse(request, journey.asked));
      const error = await failure(journey.connect(begin(before, journey)));
      expect(error.code).toBe(code ?? 'provider_refused');
      for (const one of says) expect(error.message).toContain(one);
      expect(error.message).toMatch(/Let the user begin again|Then let the user begin again\.$/);
      const corrected = begin(after, journey);
      await journey.connect(corrected);
      expect((await journey.read(corrected)).accessToken).toBe('first');
    },
  );

  it.each([
    ['invalid_grant', 'authorization_failed'],
    ['invalid_request', 'provider_refused'],
  ])(
    'as %s because of another redirect URI is accepted with the right `redirect_uri`',
    async (word, code) => {
      const journey = newJourney();
      const registered = 'https://api.example.test/registered/callback';
      serve(({ body }) => (body['redirect_uri'] === registered ? null : [400, { error: word }]));
      const error = await failure(journey.connect(begin({}, journey)));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/compare .*`redirect_uri`/i);
      const corrected = begin({ redirect_uri: registered }, journey);
      const { authorizationUrl } = await corrected.authorize(journey.userId, 'api');
      const state = new URL(authorizationUrl).searchParams.get('state');
      const callback = `${registered}?code=c&state=${state}`;
      expect(await failure(corrected.complete(callback, { userId: journey.userId }))).toMatchObject({
        code: 'fine',
      });
    },
  );

  it('because the client may not ask for tokens, is accepted once the provider allows it to', async () => {
    const journey = newJourney();
    serve(() => [400, { error: 'unauthorized_client' }]);
    const connections = begin({}, journey);
    const error = await failure(journey.connect(connections));
    expect(error.message).toMatch(/does not let this client.*Nothing was stored.*`authorization_code`/);
    serve(() => null);
    await journey.connect(connections);
  });
});

describe('A refresh that is refused', () => {
  it.each(refreshRefusals)(
    'as $what is accepted with $remedy',
    async ({ refuse, before, after, says, code, isMoved }) => {
      const journey = newJourney();
      serve((request) => (isRefresh(request) ? refuse(request, journey.asked) : null));
      const connections = begin(before, journey);
      await journey.connect(connections);
      const asked = ended(await journey.read(connections));
      const error = await failure(connections.getAccessToken(journey.userId, 'api', asked));
      expect(error.code).toBe(code ?? 'provider_refused');
      expect(error.message).toMatch(/stored tokens are kept\./i);
      for (const one of says) expect(error.message).toContain(one);
      const corrected = begin(after, journey);
      if (isMoved) {
        await journey.connect(corrected);
        ended(await journey.read(corrected));
      }
      expect((await journey.read(corrected, asked)).accessToken).toBe('second');
    },
  );

  it.each([
    ['in a word of its own', 'own_word', 'own_word'],
    ['as unauthorized_client, as Atlassian does', 'unauthorized_client', 'unauthorized_client'],
  ])('for good %s, makes the user connect again with `grant_ended_errors`', async (_how, word, declared) => {
    const journey = newJourney();
    serve((request) => (isRefresh(request) ? [400, { error: word }] : null));
    const connections = begin({}, journey);
    await journey.connect(connections);
    const asked = ended(await journey.read(connections));
    const error = await failure(connections.getAccessToken(journey.userId, 'api', asked));
    expect(error).toMatchObject({ code: 'provider_refused' });
    expect(error.message).toContain('grant_ended_errors');
    expect(error.message).not.toContain('own_word');
    const corrected = begin({ grant_ended_errors: [declared] }, journey);
    expect(await failure(corrected.getAccessToken(journey.userId, 'api', asked))).toMatchObject({
      code: 'reauthorization_required',
      reason: 'invalid_grant',
    });
  });

  it('because the client may not refresh, is accepted once the provider allows it to', async () => {
    const journey = newJourney();
    serve((request) => (isRefresh(request) ? [400, { error: 'unauthorized_client' }] : null));
    const connections = begin({}, journey);
    await journey.connect(connections);
    const asked = ended(await journey.read(connections));
    const error = await failure(connections.getAccessToken(journey.userId, 'api', asked));
    expect(error.message).toMatch(/Allow the client the grant type `refresh_token`/);
    serve(() => null);
    expect((await journey.read(begin({}, journey), asked)).accessToken).toBe('second');
  });
});
