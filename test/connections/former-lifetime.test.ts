/** How long a token lives whose refresh does not say it: as long as the one before it. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { TokenEndpoint } from '../setup/token-endpoint';

describeAnyEngine('The life of a token whose answer does not give one', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let endpoint: TokenEndpoint;
  beforeAll(async () => {
    endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
  });
  afterAll(() => void vi.useRealTimers());

  it('is that of the token before, and becomes no shorter from refresh to refresh', async () => {
    const connections = host.connections({}, host.config({ token_url: endpoint.url }));
    const { id } = await host.user(connections);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let round = 0; round < 20; round += 1) {
      endpoint.next((response) => {
        // The answer is on its way for a while.
        vi.setSystemTime(Date.now() + 700);
        const tokens = { access_token: `at-${round}`, refresh_token: `rt-${round}`, token_type: 'Bearer' };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(tokens));
      });
      const { accessToken, expiresAt } = await connections.getAccessToken(id, 'atlassian');
      expect(accessToken).toBe(`at-${round}`);
      expect(expiresAt?.getTime()).toBe(Date.now() - 700 + HOUR_MS);
      vi.setSystemTime((expiresAt?.getTime() ?? 0) + 1);
    }
  });
});
