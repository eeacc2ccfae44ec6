/** The service of this example: one declared connection, its tables in a SQLite file, the keys that encrypt tokens. */
import { Connections, MetadataStore } from 'mcp-connections';

export const CONNECTION = 'tracker';
export const USER = 'ada';

export interface ServicePlace {
  /** File of the database. */
  readonly database: string;
  /** Address of the authorization server. */
  readonly issuer: string;
}

export function openStore({ database, issuer }: ServicePlace): Promise<MetadataStore> {
  return new MetadataStore({
    dataSource: { type: 'better-sqlite3', database },
    config: declaration(issuer),
  }).initialize();
}

/** @param keys as they would stand in an environment variable: `id:base64`, the current one first */
export function openConnections(store: MetadataStore, keys: string | undefined): Connections {
  return new Connections(store, {
    keys,
    publicUrl: 'https://api.example.test',
    returnOrigins: ['https://app.example.test'],
  });
}

function declaration(issuer: string) {
  return {
    mcpServers: {
      [CONNECTION]: {
        url: 'https://tracker.example.test/mcp',
        oauth_config: {
          client_id: 'mcp-host',
          client_secret_env: 'TRACKER_CLIENT_SECRET',
          issuer,
          authorize_url: `${issuer}/auth`,
          token_url: `${issuer}/token`,
          revoke_url: `${issuer}/token/revocation`,
          scopes: 'openid offline_access read',
          // This server gives a refresh token only to a user who was asked.
          authorize_params: { prompt: 'consent' },
        },
      },
    },
  };
}
