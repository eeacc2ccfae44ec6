/** LangChain's tools over a client of the official SDK. */
import { loadMcpTools } from '@langchain/mcp-adapters';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpClientLibrary } from '../client';

export const langchain: McpClientLibrary = {
  name: '@langchain/mcp-adapters',
  ofConnect: 'error',
  ofCall: 'message',
  hearsProgress: true,
  async connect(url, fetch, onProgress) {
    const client = new Client({ name: 'host', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
    const load = () => loadMcpTools('linear', client, { onProgress });
    const tools = await load();
    return {
      listTools: async () => (await load()).map(({ name }) => name),
      callTool: async (called) => String(await tools.find(({ name }) => name === called)?.invoke({})),
      close: () => client.close(),
    };
  },
};
