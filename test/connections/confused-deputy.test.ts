/**
 * Two MCP servers with one authorization server. A client that both share would let one have the consent that users gave for the
 * other (confused deputy, MCP security best practices).
 */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { ConnectionClientRegistration, ConnectionsOptions } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { declaration, entry } from '../setup/declarations';
import { describeAnyEngine } from '../setup/database';
import { McpWorld, REDIRECT_URI, RESOURCE, SERVER } from '../setup/mcp-world';
import { Site, answer } from '../setup/site';

describeAnyEngine('Two MCP servers with one authorization server', (engine) => {
  const world = McpWorld.forEachTest(engine);
  const atEnd = atEndOfTests();
  let other: Site;
  beforeAll(async () => {
    other = await Site.open(atEnd);
  });
  beforeEach(() => {
    other.pages.clear();
    other.pages.set('/mcp', answer(401, {}, { 'www-authenticate': 'Bearer scope="admin"' }));
    other.pages.set(`${RESOURCE}/mcp`, {
      resource: `${other.origin}/mcp`,
      authorization_servers: [world.auth.origin],
    });
  });

  const connectionsWith = (options: Partial<ConnectionsOptions> = {}, oauth = {}, linear = {}) =>
    world.host.connections(
      {
        publicUrl: 'https://api.example.test',
        trustedOrigins: { [world.auth.origin]: ['linear', 'other'] },
        ...options,
      },
      declaration({
        linear: entry({ url: world.url, oauth_config: linear }),
        other: entry({ url: `${other.origin}/mcp`, oauth_config: oauth }),
      }),
    );
  /** As if every client had been registered so long ago that no flow from then can still end. */
  const age = async () => {
    const updatedAt = new Date(Date.now() - 601_000);
    await world.clients.createQueryBuilder().update().set({ updatedAt }).execute();
  };
  const clientOf = async (connections: ReturnType<typeof connectionsWith>, name: string) =>
    new URL((await connections.authorize('ada', name)).authorizationUrl).searchParams.get('client_id');

  it('have a registered client each', async () => {
    const connections = connectionsWith();
    const clients = [await clientOf(connections, 'linear'), await clientOf(connections, 'other')];
    expect(clients).toEqual(['registered-1', 'registered-2']);
    expect(await clientOf(connections, 'linear')).toBe('registered-1');
    const rows = await world.clients.find({ order: { connectionName: 'ASC' } });
    expect(rows.map(({ connectionName }) => connectionName)).toEqual(['linear', 'other']);
  });

  it('cannot have the client of the other from a row that was copied', async () => {
    const shared = { redirect_uri: 'https://api.example.test/callback' };
    const connections = connectionsWith({}, shared, shared);
    await clientOf(connections, 'linear');
    await clientOf(connections, 'other');
    const [linear] = await world.clients.findBy({ connectionName: 'linear' });
    const { clientEncrypted } = linear as ConnectionClientRegistration;
    await world.clients.update({ connectionName: 'other' }, { clientEncrypted });
    await expect(clientOf(connections, 'other')).rejects.toMatchObject({ code: 'ciphertext_invalid' });
  });

  it('have a client metadata document each, where the host publishes them', async () => {
    world.auth.pages.set(SERVER, world.server({ client_id_metadata_document_supported: true }));
    const clientMetadataUrl = 'https://api.example.test/{name}/client.json';
    const connections = connectionsWith({ clientMetadataUrl, callbackOrigins: ['https://eu.example.test'] });
    for (const name of ['linear', 'other']) {
      const id = `https://api.example.test/${name}/client.json`;
      expect(await clientOf(connections, name)).toBe(id);
      expect(await connections.clientMetadata(name)).toMatchObject({
        client_id: id,
        redirect_uris: [
          `https://api.example.test/connections/${name}/callback`,
          `https://eu.example.test/connections/${name}/callback`,
        ],
      });
    }
    await expect(connections.clientMetadata('nobody')).rejects.toMatchObject({ code: 'connection_unknown' });
    expect(await world.clients.count()).toBe(0);
  });

  it('are told apart by the resources that the authorization server lists', async () => {
    world.auth.pages.set(SERVER, world.server({ protected_resources: [world.mcp.origin] }));
    expect(await clientOf(connectionsWith(), 'linear')).toBe('registered-1');
    await expect(clientOf(connectionsWith(), 'other')).rejects.toMatchObject({ code: 'discovery_failed' });
    expect(await world.clients.countBy({ connectionName: 'other' })).toBe(0);
    // The operator's word counts for more than a list that may be incomplete.
    expect(await clientOf(connectionsWith({}, { issuer: world.auth.origin }), 'other')).toBe('registered-2');
  });

  it('keep their clients when a connection gets another name', async () => {
    const before = world.connections();
    await world.connect(before, 'ada');
    await world.host.expire('ada');
    const renamed = world.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [world.auth.origin]: ['renamed'] } },
      declaration({ renamed: entry({ url: world.url }) }),
    );
    expect(await renamed.renameConnection('linear', 'renamed')).toBe(1);
    expect((await renamed.getAccessToken('ada', 'renamed')).accessToken).toBe('at-2');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
    expect(world.registered).toBe(1);
  });

  it('leave no more than some young registrations behind, however many one names at once', async () => {
    const row = (index: number) => ({
      id: `young-${index}`,
      connectionName: 'linear',
      issuer: `https://as.test/${index}`,
      redirectUri: REDIRECT_URI,
      clientEncrypted: 'v1.k1.x',
      expiresAt: null,
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    await world.clients.insert(Array.from({ length: 51 }, (_, index) => row(index)));
    await clientOf(connectionsWith(), 'linear');
    expect(await world.clients.countBy({ connectionName: 'linear' })).toBe(1);
  });

  it('leave no registrations behind when one names another authorization server each time', async () => {
    const connections = connectionsWith();
    await clientOf(connections, 'linear');
    for (let round = 1; round <= 6; round += 1) {
      await age();
      const issuer = `${other.origin}/as/${round}`;
      other.pages.set(`${RESOURCE}/${round}`, {
        resource: `${other.origin}/mcp`,
        authorization_servers: [issuer],
      });
      const challenge = `Bearer resource_metadata="${other.origin}${RESOURCE}/${round}"`;
      other.pages.set('/mcp', answer(401, {}, { 'www-authenticate': challenge }));
      const { origin } = other;
      other.pages.set(`${SERVER}/as/${round}`, {
        issuer,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        code_challenge_methods_supported: ['S256'],
      });
      other.pages.set('/register', answer(201, { client_id: `c${round}` }));
      other.pages.set('/token', { access_token: 'at', refresh_token: 'rt', token_type: 'Bearer' });
      const { authorizationUrl } = await connections.authorize('ada', 'other');
      const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
      // One user stays connected with the client of the second round; nobody comes back from the others.
      if (round !== 2) await world.host.forgetFlows();
      else await connections.complete(`/connections/other/callback?code=c&state=${state}`, { userId: 'ada' });
    }
    const rows = await world.clients.find({ order: { issuer: 'ASC' } });
    expect(rows.map(({ connectionName, issuer }) => [connectionName, issuer])).toEqual(
      expect.arrayContaining([
        ['linear', world.auth.origin],
        ['other', `${other.origin}/as/2`],
        ['other', `${other.origin}/as/6`],
      ]),
    );
    expect(rows).toHaveLength(3);
  });

  it('keep a client that was registered a moment ago, though its flow is not stored yet', async () => {
    const connections = connectionsWith();
    await clientOf(connections, 'linear');
    await world.clients.update({ connectionName: 'linear' }, { issuer: 'https://old.example.test' });
    await age();
    await clientOf(connections, 'linear');
    await world.clients.update({ connectionName: 'linear' }, { issuer: 'https://young.example.test' });
    await clientOf(connections, 'linear');
    const kept = await world.clients.find({ order: { issuer: 'ASC' } });
    expect(kept.map(({ issuer }) => issuer)).toEqual([world.auth.origin, 'https://young.example.test']);
  });
});
