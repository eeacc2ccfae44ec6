/** The one connection that all tokens are for. */
import type { ConnectionRegistry } from 'mcp-connections';
import { connectionRegistry } from 'mcp-connections';
import { CONNECTION, SCOPES } from './users';

/** @param tokenUrl asked when a token has expired, and otherwise not */
export function declared(tokenUrl = 'https://auth.example.test/token'): ConnectionRegistry {
  return connectionRegistry({
    mcpServers: {
      [CONNECTION]: {
        url: 'https://mcp.example.test/mcp',
        auth_type: 'oauth2',
        oauth_config: {
          client_id: 'client',
          client_secret: 'secret',
          authorize_url: 'https://auth.example.test/authorize',
          token_url: tokenUrl,
          scopes: SCOPES,
        },
      },
    },
  });
}
