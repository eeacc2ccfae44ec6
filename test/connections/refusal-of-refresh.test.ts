/** The advice of `provider_refused` about a refresh: each names what helps, and it does. */
import { describe, expect, it } from 'vitest';
import { errorOf } from '../setup/code-of';
import { ended } from '../setup/provider-journey';
import { useRefusingProvider } from '../setup/refusing-provider';
import { isRefresh } from './provider-cases/quirk';
import { refreshRefusals } from './provider-cases/refresh-refusals';

const { begin, newJourney, serve } = useRefusingProvider();

describe('A refresh that is refused', () => {
  it.each(refreshRefusals)(
    'as $what is accepted with $remedy',
    async ({ refuse, before, after, says, code, isMoved }) => {
      const journey = newJourney();
      serve((request) => (isRefresh(request) ? refuse(request, journey.asked) : null));
      const connections = begin(before, journey);
      await journey.connect(connections);
      const asked = ended(await journey.read(connections));
      const error = await errorOf(connections.getAccessToken(journey.userId, 'api', asked));
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

  it.each<[string, string, boolean]>([
    ['in a word of its own, which is not shown', 'own_word', false],
    ['as unauthorized_client, as Atlassian does', 'unauthorized_client', true],
  ])('for good %s, makes the user connect again with `grant_ended_errors`', async (_how, word, isShown) => {
    const journey = newJourney();
    serve((request) => (isRefresh(request) ? [400, { error: word }] : null));
    const connections = begin({}, journey);
    await journey.connect(connections);
    const asked = ended(await journey.read(connections));
    const error = await errorOf(connections.getAccessToken(journey.userId, 'api', asked));
    expect(error).toMatchObject({ code: 'provider_refused' });
    expect(error.message).toContain('grant_ended_errors');
    expect(error.message.includes(word)).toBe(isShown);
    const corrected = begin({ grant_ended_errors: [word] }, journey);
    expect(await errorOf(corrected.getAccessToken(journey.userId, 'api', asked))).toMatchObject({
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
    const error = await errorOf(connections.getAccessToken(journey.userId, 'api', asked));
    expect(error.message).toMatch(/Allow the client the grant type `refresh_token`/);
    serve(() => null);
    expect((await journey.read(begin({}, journey), asked)).accessToken).toBe('second');
  });
});
