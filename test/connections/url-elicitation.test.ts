/**
 * A host that is an MCP server itself, as docs/mcp.md shows it: its tool calls another server, and its own client is told
 * where its user has to connect first (MCP 2025-11-25, "URL Mode Elicitation Requests").
 */
import { randomUUID } from 'node:crypto';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult, ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';
import {
  ElicitationCompleteNotificationSchema,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, it, onTestFinished } from 'vitest';
import { findConnectionsError } from '../../src/errors';
import { failureOf } from '../setup/code-of';
import { McpHost, USER } from '../setup/mcp-host';

/** A tool of the host that calls one of the same name at the other server. */
async function openHost(capabilities: ClientCapabilities) {
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
      const knowsUrls = server.server.getClientCapabilities()?.elicitation?.url !== undefined;
      if (!needed?.connectionName || !knowsUrls) throw error;
      const { connectionName, account, scopes } = needed;
      const { authorizationUrl } = await connections.authorize(USER, connectionName, { account, scopes });
      const elicitationId = randomUUID();
      const complete = server.server.createElicitationCompletionNotifier(elicitationId);
      const stop = connections.on('connected', () => {
        stop();
        void complete();
      });
      throw new UrlElicitationRequiredError([
        { mode: 'url', elicitationId, url: authorizationUrl, message: `Connect ${connectionName} first.` },
      ]);
    }
  };
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

  /** What the user does when the client shows the address. */
  const visit = async (address: string) => {
    await connections.complete(await authorization.visit(address), { userId: USER });
  };
  return { client, visit };
}

it('tells its client where the user connects, and when that is done, and its tool answers', async () => {
  const { client, visit } = await openHost({ elicitation: { url: {} } });
  const completed: string[] = [];
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
    completed.push(params.elicitationId);
  });
  const asked: string[] = [];
  for (const name of ['read_note', 'write_note']) {
    const error = await failureOf(() => client.callTool({ name }));
    if (!(error instanceof UrlElicitationRequiredError)) throw error;
    for (const { url, elicitationId } of error.elicitations) {
      asked.push(elicitationId);
      await visit(url);
    }
    expect((await client.callTool({ name })).isError).toBeUndefined();
    expect(completed).toEqual(asked);
  }
  expect(asked).toHaveLength(2);
});

it('tells a client that does not open addresses in words, which a model reads', async () => {
  const { client } = await openHost({});
  expect(await client.callTool({ name: 'read_note' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('Let the user connect.') }],
  });
});
