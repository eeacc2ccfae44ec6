/** The MCP client of the Vercel AI SDK. */
import { createMCPClient } from '@ai-sdk/mcp';
import type { McpClientLibrary } from '../client';
import { likeSdk } from '../client';

export const aiSdk: McpClientLibrary = {
  name: '@ai-sdk/mcp',
  ofConnect: 'error',
  ofCall: 'error',
  hearsProgress: false,
  async connect(url, fetch) {
    const client = await createMCPClient({ transport: { type: 'http', url, fetch } });
    const tools = await client.tools();
    const how = { toolCallId: '1', messages: [], context: {} };
    return likeSdk(client, (name) => tools[name]?.execute({}, how));
  },
};
