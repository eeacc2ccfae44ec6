/** The official SDK, version 1. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpClientLibrary } from '../client';
import { textOf } from '../client';

export const sdkV1: McpClientLibrary = {
  name: '@modelcontextprotocol/sdk',
  ofConnect: 'error',
  ofCall: 'error',
  hearsProgress: true,
  async connect(url, fetch, onprogress) {
    const client = new Client({ name: 'host', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
    return {
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name) => textOf(await client.callTool({ name }, undefined, { onprogress })),
      close: () => client.close(),
    };
  },
};
