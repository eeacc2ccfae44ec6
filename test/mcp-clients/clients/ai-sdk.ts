/** The MCP client of the Vercel AI SDK. */
import { createMCPClient } from '@ai-sdk/mcp';
import type { McpClientLibrary } from '../client';
import { textOf } from '../client';

export const aiSdk: McpClientLibrary = {
  name: '@ai-sdk/mcp',
  ofConnect: 'error',
  ofCall: 'error',
  hearsProgress: false,
  async connect(url, fetch) {
    const client = await createMCPClient({ transport: { type: 'http', url, fetch } });
    const tools = await client.tools();
    return {
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name) =>
        textOf(await tools[name]?.execute({}, { toolCallId: '1', messages: [], context: {} })),
      close: () => client.close(),
    };
  },
};
