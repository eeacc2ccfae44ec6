/** The connections that tokens are for. */
import type { ConnectionRegistry } from 'mcp-connections';
import { connectionRegistry } from 'mcp-connections';
import { CONNECTION, SCOPES } from './users';

/**
 * @param tokenUrl asked when a token has expired, and otherwise not
 * @param names of the connections, which differ in nothing else
 */
export function declared(
  tokenUrl = 'https://auth.example.test/token',
  names: readonly string[] = [CONNECTION],
): ConnectionRegistry {
  const declaration = declarationOf(tokenUrl);
  return connectionRegistry({ mcpServers: Object.fromEntries(names.map((name) => [name, declaration])) });
}

export function declarationOf(tokenUrl: string) {
  return {
    url: 'https://mcp.example.test/mcp',
    auth_type: 'oauth2' as const,
    oauth_config: {
      client_id: 'client',
      client_secret: 'secret',
      authorize_url: 'https://auth.example.test/authorize',
      token_url: tokenUrl,
      scopes: SCOPES,
    },
  };
}
