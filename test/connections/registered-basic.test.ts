/** Clients that were registered with a secret, at servers that compare Basic credentials as they are sent. */
import { describe, expect, it } from 'vitest';
import { McpWorld, SERVER } from '../setup/mcp-world';

const world = McpWorld.forEachTest('sqlite');

/** Registers clients with this id and secret, and knows them only by these very texts. */
function serve(client_id: string, client_secret: string): void {
  const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  world.auth.pages.set(
    SERVER,
    world.server({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
  );
  world.auth.pages.set('/register', (response) => {
    world.registered += 1;
    response.writeHead(201).end(JSON.stringify({ client_id, client_secret }));
  });
  world.auth.pages.set('/token', (response, { headers }) => {
    const isKnown = headers.authorization === basic;
    const body = isKnown ? { access_token: 'at', token_type: 'Bearer' } : { error: 'invalid_client' };
    response.writeHead(isKnown ? 200 : 401).end(JSON.stringify(body));
  });
}

describe('A registered client', () => {
  it('whose id is a UUID and whose secret is base64url is accepted, and registered once', async () => {
    serve('0f8fad5b-d9cb-469f-a165-70867728950e', 'k_9-x.Z');
    const connections = world.connections();
    await world.connect(connections);
    await world.connect(connections, 'ole');
    expect(world.registered).toBe(1);
  });

  it('whose secret is base64 is refused, and accepted with `client_secret_basic_raw`', async () => {
    serve('registered', 'q+w/e==');
    await expect(world.connect(world.connections())).rejects.toThrow(/client.*`client_secret_basic_raw`/);
    await world.connect(world.connections({ token_endpoint_auth_method: 'client_secret_basic_raw' }));
  });
});
