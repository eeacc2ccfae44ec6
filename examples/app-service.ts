/** The service of `app.ts`: a page of its own, the routes of the connections, and a tool that is called as the user. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Connections } from 'mcp-connections';
import { isConnectionsError } from 'mcp-connections';
import { connectionsHandler, toNodeHandler } from 'mcp-connections/http';
import { home } from './app-home';

/** A service has sessions; everyone who opens this one is Ada. */
const USER = 'ada';

/** @returns what stops it */
export async function serve(connections: Connections, port: number): Promise<() => Promise<void>> {
  const routes = toNodeHandler(connectionsHandler(connections, { user: () => USER, page: { backTo: '/' } }));
  const server = createServer((request, response) => {
    void routes(request, response, () => void pages(connections, request, response));
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  );
  return async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}

async function pages(connections: Connections, request: IncomingMessage, response: ServerResponse) {
  const send = (status: number, html: string) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  if (request.url === '/') return send(200, home(null));
  if (request.url === '/notes') return send(200, home(await readNotes(connections)));
  return send(404, 'Not found');
}

/** What the tool answers, or what the user has to do. */
async function readNotes(connections: Connections): Promise<string> {
  const { url } = await connections.registry.get('notes');
  const client = new Client({ name: 'example', version: '1.0.0' });
  try {
    const fetch = connections.fetchFor(USER, 'notes');
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
    const { content } = CallToolResultSchema.parse(await client.callTool({ name: 'read_notes' }));
    return content.map((part) => (part.type === 'text' ? part.text : part.type)).join(' ');
  } catch (error) {
    if (isConnectionsError(error, 'not_connected', 'reauthorization_required')) return 'Connect Notes first.';
    throw error;
  } finally {
    await client.close();
  }
}
