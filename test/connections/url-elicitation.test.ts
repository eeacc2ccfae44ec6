/**
 * A host that is an MCP server itself, as docs/mcp.md shows it: its tools call another server, and its own client is told
 * where its user has to connect first (MCP 2025-11-25, "URL Mode Elicitation Requests").
 */
import { randomUUID } from 'node:crypto';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type {
  CallToolResult,
  ClientCapabilities,
  ElicitRequestURLParams,
} from '@modelcontextprotocol/sdk/types.js';
import {
  ElicitRequestSchema,
  ElicitationCompleteNotificationSchema,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findConnectionsError } from '../../src';
import { failureOf } from '../setup/code-of';
import { McpHost, USER } from '../setup/mcp-host';

/** Tells the client of the address, and resolves when the user has connected. */
type Ask = (
  server: McpServer,
  elicitation: ElicitRequestURLParams,
  isConnected: Promise<void>,
) => Promise<void>;

const withError: Ask = async ({ server }, elicitation, isConnected) => {
  void isConnected.then(server.createElicitationCompletionNotifier(elicitation.elicitationId));
  throw new UrlElicitationRequiredError([elicitation]);
};

const withRequest: Ask = async ({ server }, elicitation, isConnected) => {
  expect(await server.elicitInput(elicitation)).toMatchObject({ action: 'accept' });
  await isConnected;
};

async function openHost(ask: Ask, capabilities: ClientCapabilities) {
  const { url, fetch, connections, authorization } = await McpHost.open(onTestFinished);
  const server = new McpServer({ name: 'host', version: '1.0.0' });

  const asUser = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      const needed = findConnectionsError(
        error,
        'not_connected',
        'reauthorization_required',
        'insufficient_scope',
      );
      const opensUrls = server.server.getClientCapabilities()?.elicitation?.url !== undefined;
      if (!needed?.connectionName || !opensUrls) throw error;
      const { connectionName, account, scopes } = needed;
      const isConnected = new Promise<void>((resolve) => {
        const stop = connections.on('connected', () => {
          stop();
          resolve();
        });
      });
      const { authorizationUrl } = await connections.authorize(USER, connectionName, { account, scopes });
      const message = `Connect ${connectionName} first.`;
      const elicitation = {
        mode: 'url',
        elicitationId: randomUUID(),
        url: authorizationUrl,
        message,
      } as const;
      await ask(server, elicitation, isConnected);
      return work();
    }
  };
  // Each calls the tool of the same name at the other server.
  for (const name of ['read_note', 'write_note']) {
    server.registerTool(name, {}, () =>
      asUser(async () => {
        const client = new Client({ name: 'host', version: '1.0.0' });
        await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
        try {
          return (await client.callTool({ name })) as CallToolResult;
        } finally {
          await client.close();
        }
      }),
    );
  }
  const client = new Client({ name: 'assistant', version: '1.0.0' }, { capabilities });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(there), client.connect(here)]);
  onTestFinished(() => client.close());

  /** What the user does with an address that the client shows. */
  const visit = async (address: string) => {
    await connections.complete(await authorization.visit(address), { userId: USER });
  };
  return { client, visit };
}

describe('A host that is an MCP server', () => {
  it('answers a call with the address where the user connects, says when that is done, and answers the next call', async () => {
    const { client, visit } = await openHost(withError, { elicitation: { url: {} } });
    const completed: string[] = [];
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
    const asked: string[] = [];
    for (const [name, text] of [
      ['read_note', 'read'],
      ['write_note', 'written'],
    ] as const) {
      const error = await failureOf(() => client.callTool({ name }));
      if (!(error instanceof UrlElicitationRequiredError)) throw error;
      for (const { url, elicitationId } of error.elicitations) {
        asked.push(elicitationId);
        await visit(url);
      }
      expect(await client.callTool({ name })).toMatchObject({ content: [{ text }] });
      expect(completed).toEqual(asked);
    }
    expect(asked).toHaveLength(2);
  });

  it('asks to show the address while a call waits, and answers the call when the user has connected', async () => {
    const { client, visit } = await openHost(withRequest, { elicitation: { url: {} } });
    const visits: Promise<void>[] = [];
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      if (params.mode === 'url') visits.push(visit(params.url));
      return { action: 'accept' };
    });
    expect(await client.callTool({ name: 'read_note' })).toMatchObject({ content: [{ text: 'read' }] });
    expect(await client.callTool({ name: 'write_note' })).toMatchObject({ content: [{ text: 'written' }] });
    expect(visits).toHaveLength(2);
    await Promise.all(visits);
  });

  it('tells a client that opens no addresses in words, which a model reads', async () => {
    const { client } = await openHost(withError, {});
    expect(await client.callTool({ name: 'read_note' })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Let the user connect.') }],
    });
  });
});
