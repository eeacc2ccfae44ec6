/** A revocation that comes late, at a provider where it ends everything that the user has granted. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { ConnectedHost } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { TokenEndpoint } from '../setup/token-endpoint';

const NAME = 'atlassian';

describeAnyEngine('A late revocation', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let endpoint: TokenEndpoint;
  let users = 0;
  let userId = '';
  /** Called when the secret of the client is fetched, which is the last thing before a revocation. */
  let beforeSecret: () => Promise<unknown> = async () => undefined;
  beforeAll(async () => {
    endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
  });
  beforeEach(() => {
    userId = `ada-${(users += 1)}`;
    endpoint.requests.length = 0;
    beforeSecret = async () => undefined;
  });

  const connectionsWith = (revoke_reach?: 'grant' | 'user') =>
    host.connections(
      {
        publicUrl: 'https://api.example.test',
        async resolveSecret() {
          await beforeSecret();
          return 'secret';
        },
      },
      host.config({
        client_secret: undefined,
        client_secret_env: 'SECRET',
        token_url: endpoint.url,
        revoke_url: `${endpoint.origin}/revoke`,
        revoke_reach,
      }),
    );
  const again = { replaceSavedBefore: new Date('2100-01-01') };

  it('is sent when the account has no other tokens', async () => {
    const connections = connectionsWith('user');
    await connections.importTokens(userId, NAME, { accessToken: 'at' });
    await connections.importTokens(userId, NAME, { accessToken: 'at' }, { account: 'work' });
    endpoint.nextAnswer(200, '');
    expect(await connections.disconnect(userId, NAME)).toEqual({ removed: true, revocation: 'revoked' });
  });

  it('is not sent once the user has connected again', async () => {
    const connections = connectionsWith('user');
    await connections.importTokens(userId, NAME, { accessToken: 'at' });
    beforeSecret = () => connections.importTokens(userId, NAME, { accessToken: 'new' }, again);
    expect(await connections.disconnect(userId, NAME)).toEqual({ removed: true, revocation: 'failed' });
    expect(endpoint.requests).toEqual([]);
  });

  it('is not sent while the tokens of a user who has come back are not saved yet', async () => {
    const connections = connectionsWith('user');
    await connections.importTokens(userId, NAME, { accessToken: 'at' });
    let answer: () => void = () => undefined;
    let completing: Promise<unknown> = Promise.resolve();
    beforeSecret = async () => {
      beforeSecret = async () => undefined;
      const { authorizationUrl } = await connections.authorize(userId, NAME);
      const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
      await new Promise<void>((resolve) => {
        endpoint.next((response) => {
          answer = () => {
            response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"new"}');
          };
          resolve();
        });
        completing = connections.complete(`/connections/${NAME}/callback?code=c&state=${state}`, { userId });
      });
    };
    expect(await connections.disconnect(userId, NAME)).toEqual({ removed: true, revocation: 'failed' });
    answer();
    await completing;
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/token']);
    expect((await connections.getAccessToken(userId, NAME)).accessToken).toBe('new');
  });

  it('of a flow that gives its tokens back spares a row that was renamed during the exchange', async () => {
    const connections = connectionsWith('user');
    await connections.importTokens(userId, NAME, { accessToken: 'at' });
    const { authorizationUrl } = await connections.authorize(userId, NAME);
    const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
    endpoint.next((response) => {
      void connections
        .renameUser(userId, `${userId}-renamed`)
        .then(() =>
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"new"}'),
        );
    });
    const completing = connections.complete(`/connections/${NAME}/callback?code=c&state=${state}`, {
      userId,
    });
    expect(await codeOf(completing)).toBe('state_unknown');
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/token']);
    expect(await codeOf(connections.getAccessToken(`${userId}-renamed`, NAME))).toBe('fine');
  });

  it('is sent all the same where it ends one grant', async () => {
    const connections = connectionsWith();
    await connections.importTokens(userId, NAME, { accessToken: 'at' });
    beforeSecret = () => connections.importTokens(userId, NAME, { accessToken: 'new' }, again);
    endpoint.nextAnswer(200, '');
    expect(await connections.disconnect(userId, NAME)).toEqual({ removed: true, revocation: 'revoked' });
    expect(await codeOf(connections.getAccessToken(userId, NAME))).toBe('fine');
  });
});
