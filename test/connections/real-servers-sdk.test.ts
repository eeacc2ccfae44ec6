/** From an address alone to the tools of an MCP server, with the servers that the official SDK has for an example. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { atEndOfTests } from '../setup/at-end';
import { ConnectedHost } from '../setup/connected';
import { toolNames, withMcpClient } from '../setup/mcp-client';
import type { SdkExample } from '../setup/sdk-example';
import { startSdkExample } from '../setup/sdk-example';

describe('The example server of the official SDK', () => {
  const host = ConnectedHost.forTests('sqlite');
  const atEnd = atEndOfTests();
  let example: SdkExample;
  beforeAll(async () => {
    example = await startSdkExample(atEnd);
  });
  const connectionsTo = (more?: JsonObject) =>
    host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [example.authorization]: ['linear'] } },
      { mcpServers: { linear: { url: example.url, auth_type: 'oauth2', ...more } } },
    );
  /** Its authorization server asks nobody anything, and sends back at once. */
  const callbackOf = async (authorizationUrl: string) => {
    const response = await fetch(authorizationUrl, { redirect: 'manual' });
    return response.headers.get('location') ?? '';
  };

  it('is found, registers us, and lets its tools be used with the token', async () => {
    const connections = connectionsTo();
    const steps: string[] = [];
    connections.on('discovery', ({ what, found }) => steps.push(`${what}: ${found}`));
    const { authorizationUrl } = await connections.authorize('ada', 'linear');
    expect(steps).toEqual([
      'challenge: challenge',
      'resource metadata: document',
      'authorization server metadata: document',
    ]);
    expect(Object.fromEntries(new URL(authorizationUrl).searchParams)).toMatchObject({
      client_id: expect.stringMatching(/^[\da-f-]{36}$/),
      resource: example.url,
      scope: 'mcp:tools',
      code_challenge_method: 'S256',
    });
    await connections.complete(await callbackOf(authorizationUrl), { userId: 'ada' });
    const { accessToken, scopes } = await connections.getAccessToken('ada', 'linear');
    expect(scopes).toEqual(['mcp:tools']);
    expect(await toolNames(example.url, accessToken)).toContain('greet');
    const call = { name: 'greet', arguments: { name: 'Ada' } };
    const greeting = await withMcpClient(example.url, accessToken, (client) => client.callTool(call));
    expect(greeting).toMatchObject({ content: [{ text: 'Hello, Ada!' }] });
    // It has no better word for a token that it does not know.
    await expect(toolNames(example.url, 'made-up')).rejects.toMatchObject({ code: 500 });
    expect(await connections.disconnect('ada', 'linear')).toEqual({
      removed: true,
      revocation: 'unsupported',
    });
  });

  it('gives no token to who does not name it as the resource', async () => {
    const connections = connectionsTo({ oauth_config: { resource: 'off' } });
    const { authorizationUrl } = await connections.authorize('bob', 'linear');
    const at = await callbackOf(authorizationUrl);
    await expect(connections.complete(at, { userId: 'bob' })).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });
});
