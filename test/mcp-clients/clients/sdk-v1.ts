/** The official SDK, version 1. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpClientLibrary } from '../client';
import { likeSdk } from '../client';

export async function connectV1(url: string, fetch: typeof globalThis.fetch): Promise<Client> {
  const client = new Client({ name: 'host', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
  return client;
}

export const sdkV1: McpClientLibrary = {
  name: '@modelcontextprotocol/sdk',
  ofConnect: 'error',
  ofCall: 'error',
  hearsProgress: true,
  async connect(url, fetch, onprogress) {
    const client = await connectV1(url, fetch);
    return likeSdk(client, (name) => client.callTool({ name }, undefined, { onprogress }));
  },
};
