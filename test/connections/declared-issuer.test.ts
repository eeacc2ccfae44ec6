/** A declared issuer at a host of many tenants: what is meant for it goes to no other tenant, whatever the MCP server says. */
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { DiscoveryWorld } from '../setup/discovery-world';
import { OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import type { Page } from '../setup/site';
import { answer } from '../setup/site';

/** The hostile tenant has its endpoints at the other origin. */
const used = new DiscoveryWorld();
const { world } = used;
beforeEach(() => {
  world.auth.pages.delete(SERVER);
  world.mcp.pages.set(
    `${RESOURCE}/mcp`,
    world.resource({ authorization_servers: [`${world.auth.origin}/hostile`] }),
  );
});

const issuer = () => `${world.auth.origin}/ours`;
const connections = () =>
  world.connections({ client_id: 'mine', client_secret: 'secret', issuer: issuer() }, used.trustOfBoth);
const ours = (changes: object = {}) => world.server({ issuer: issuer(), ...changes });
const hostile = (changes: object = {}) =>
  ours({ token_endpoint: `${used.elsewhere.origin}/token`, ...changes });

describe('A tenant beside the declared issuer', () => {
  it.each<[string, Page]>([
    ['absent', answer(404)],
    ['out', answer(503)],
  ])('gets nothing where it names itself and the metadata of the issuer is %s', async (_what, page) => {
    world.auth.pages.set(`${SERVER}/ours`, page);
    const named = `${world.auth.origin}/hostile`;
    // With endpoints at the same origin, so that its issuer alone tells it from ours.
    world.auth.pages.set(`${SERVER}/hostile`, ours({ issuer: named }));
    expect(await codeOf(world.connect(connections()))).not.toBe('fine');
    expect(world.tokenRequests).toEqual([]);
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'registration_endpoint'])(
    'gets nothing where it names the issuer, and another origin as `%s`',
    async (field) => {
      world.auth.pages.set(`${SERVER}/hostile`, ours({ [field]: `${used.elsewhere.origin}/x` }));
      await expect(world.connect(connections())).rejects.toMatchObject({
        code: 'discovery_failed',
        message: expect.stringMatching(
          /with an endpoint at .*Declare `authorize_url`, `token_url` and `client_id`/,
        ),
      });
    },
  );

  it('has the endpoints of the issuer used that it names at the same origin', async () => {
    world.auth.pages.set(`${SERVER}/hostile`, ours());
    expect(await codeOf(world.connect(connections()))).toBe('fine');
  });

  it.each([`${SERVER}/ours`, `${OPENID}/ours`])(
    'is not asked while the issuer does not answer at %s',
    async (place) => {
      world.auth.pages.set(place, answer(503));
      world.auth.pages.set(`${SERVER}/hostile`, ours());
      await expect(world.begin(connections())).rejects.toMatchObject({
        code: 'provider_unavailable',
        message: expect.stringContaining('Try again later'),
      });
      expect(world.auth.asked).not.toContain(`${SERVER}/hostile`);
      world.auth.pages.set(place, ours());
      expect(await codeOf(world.connect(connections()))).toBe('fine');
    },
  );

  it('gets no refresh token and no revocation after a flow with the issuer', async () => {
    world.auth.pages.set(`${SERVER}/ours`, ours());
    await world.connect(connections());
    await world.host.expire('ada');
    world.auth.pages.set(`${SERVER}/ours`, answer(404));
    world.auth.pages.set(
      `${SERVER}/hostile`,
      hostile({ revocation_endpoint: `${used.elsewhere.origin}/revoke` }),
    );
    expect(await codeOf(connections().getAccessToken('ada', 'linear'))).toBe('discovery_failed');
    await connections().disconnect('ada', 'linear');
    expect(used.elsewhere.requests).toEqual([]);
  });

  it('may name endpoints elsewhere once its endpoints are declared, as the message says', async () => {
    world.auth.pages.set(`${SERVER}/hostile`, hostile());
    used.elsewhere.pages.set('/token', { access_token: 'at', token_type: 'Bearer' });
    const declared = {
      client_id: 'mine',
      authorize_url: `${world.auth.origin}/authorize`,
      token_url: `${used.elsewhere.origin}/token`,
    };
    expect(await codeOf(world.connect(world.connections(declared)))).toBe('fine');
  });
});
