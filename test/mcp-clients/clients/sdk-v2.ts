/** The official SDK, version 2. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { McpClientLibrary } from '../client';
import { likeSdk } from '../client';

export const sdkV2: McpClientLibrary = {
  name: '@modelcontextprotocol/client',
  ofConnect: 'error',
  ofCall: 'error',
  hearsProgress: true,
  async connect(url, fetch, onprogress) {
    const client = new Client({ name: 'host', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
    return likeSdk(client, (name) => client.callTool({ name }, { onprogress }));
  },
};
