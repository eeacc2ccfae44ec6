/** The official SDK's client, as a host uses it with a user's token. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';

/**
 * @param work done with a client that is connected; it is closed afterwards
 * @param fetch sees each answer of the MCP server before the client does
 */
export async function withMcpClient<Result>(
  url: string,
  accessToken: string,
  work: (client: Client) => Promise<Result>,
  fetch?: FetchLike,
): Promise<Result> {
  const requestInit = { headers: { authorization: `Bearer ${accessToken}` } };
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit,
    ...(fetch && { fetch }),
  });
  const client = new Client({ name: 'host', version: '1.0.0' });
  await client.connect(transport);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** The names of the tools that the MCP server offers to the bearer of the token. */
export function toolNames(url: string, accessToken: string): Promise<string[]> {
  return withMcpClient(url, accessToken, async (client) => {
    const { tools } = await client.listTools();
    return tools.map(({ name }) => name);
  });
}
