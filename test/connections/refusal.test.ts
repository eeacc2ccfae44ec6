/** The advice of `provider_refused` about an authorization or a code: each names what helps, and it does. */
import { describe, expect, it } from 'vitest';
import { errorOf } from '../setup/code-of';
import { useRefusingProvider } from '../setup/refusing-provider';
import { codeRefusals } from './provider-cases/code-refusals';
import { pageRefusals } from './provider-cases/page-refusals';

const { begin, newJourney, serve } = useRefusingProvider();

describe('An authorization that is refused', () => {
  it.each(pageRefusals)(
    'as $error is accepted with $remedy',
    async ({ error, takes, before, after, remedy }) => {
      const journey = newJourney();
      serve(() => null);
      const refusing = begin(before, journey);
      await journey.authorize(refusing);
      expect(takes(journey.asked)).toBe(false);
      const refused = await errorOf(journey.complete(refusing, { error, code: '' }));
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
    const { message } = await errorOf(
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
      const error = await errorOf(journey.connect(begin(before, journey)));
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
      const error = await errorOf(journey.connect(begin({}, journey)));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/compare .*`redirect_uri`/i);
      const corrected = begin({ redirect_uri: registered }, journey);
      const { authorizationUrl } = await corrected.authorize(journey.userId, 'api');
      const state = new URL(authorizationUrl).searchParams.get('state');
      const callback = `${registered}?code=c&state=${state}`;
      expect(await errorOf(corrected.complete(callback, { userId: journey.userId }))).toMatchObject({
        code: 'fine',
      });
    },
  );

  it('because the client may not ask for tokens, is accepted once the provider allows it to', async () => {
    const journey = newJourney();
    serve(() => [400, { error: 'unauthorized_client' }]);
    const connections = begin({}, journey);
    const error = await errorOf(journey.connect(connections));
    expect(error.message).toMatch(/does not let this client.*Nothing was stored.*`authorization_code`/);
    serve(() => null);
    await journey.connect(connections);
  });
});
