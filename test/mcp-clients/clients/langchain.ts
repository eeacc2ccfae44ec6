/** LangChain's tools over a client of the official SDK. */
import { loadMcpTools } from '@langchain/mcp-adapters';
import type { McpClientLibrary } from '../client';
import { connectV1 } from './sdk-v1';

export const langchain: McpClientLibrary = {
  name: '@langchain/mcp-adapters',
  ofConnect: 'error',
  ofCall: 'message',
  hearsProgress: true,
  async connect(url, fetch, onProgress) {
    const client = await connectV1(url, fetch);
    const load = () => loadMcpTools('linear', client, { onProgress });
    const tools = await load();
    return {
      listTools: async () => (await load()).map(({ name }) => name),
      callTool: async (called) => String(await tools.find(({ name }) => name === called)?.invoke({})),
      close: () => client.close(),
    };
  },
};
