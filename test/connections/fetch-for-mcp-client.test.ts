/** The official SDK's client with a `fetch` of `fetchFor`; test/mcp-clients has other clients, and more that may happen. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it, onTestFinished } from 'vitest';
import { findConnectionsError } from '../../src';
import { failureOf } from '../setup/code-of';
import { McpHost, USER } from '../setup/mcp-host';

it('The client of the official SDK works with `fetchFor` from the first call on, past a token that is refused, to a tool that wants more', async () => {
  const host = await McpHost.open(onTestFinished);
  const { url, fetch } = host;
  const client = new Client({ name: 'host', version: '1.0.0' });
  const open = () => client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
  const write = () => client.callTool({ name: 'write_note' });
  const found = async (call: () => Promise<unknown>) => findConnectionsError(await failureOf(call))?.code;

  expect(await found(open)).toBe('not_connected');
  await host.connect();
  await open();
  await host.revoke();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('write_note');
  expect(host.authorization.refreshes).toBe(1);
  expect(await found(write)).toBe('insufficient_scope');
  await host.connect(['write']);
  expect(await write()).toMatchObject({ content: [{ text: 'written' }] });
  await host.connections.disconnect(USER, 'linear');
  expect(await found(write)).toBe('not_connected');
  expect(host.told.map(({ code }) => code)).toEqual(['not_connected', 'insufficient_scope', 'not_connected']);
  await client.close();
});
