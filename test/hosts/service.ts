/** The service that each framework is the host of: one connection at a real authorization server, and who its users are. */
import { randomBytes } from 'node:crypto';
import { Connections, MetadataStore } from '../../src';
import type { ConnectionsDocument } from '../../src';
import type { ConnectionsHandler, HandlerOptions } from '../../src/http';
import { connectionsHandler } from '../../src/http';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from '../setup/authorization-server';
import { recordingLogger } from '../setup/recording-logger';

/** Where browsers and providers reach the service: a proxy there takes TLS off, and hands on everything else as it is. */
export const PUBLIC_ORIGIN = 'https://api.example.test';
export const APP_LINK = 'com.example.app:/connected';
/** Of the host's own pages. */
export const AFTERWARDS = '/settings';

/** What a host starts with, in JSON, so that it may be another process. */
export interface Settings {
  readonly publicUrl: string;
  readonly basePath: string;
  readonly appLink: string;
  readonly afterwards: string;
  readonly keys: string;
  readonly document: ConnectionsDocument;
}

export type AtEnd = (cleanUp: () => Promise<unknown>) => void;

/** @param prefix of the routes, below which a router of the host has them; default none */
export async function startProvider(atEnd: AtEnd, prefix = '') {
  const redirectUri = `${PUBLIC_ORIGIN}${prefix}/connections/atlassian/callback`;
  const client = {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    token_endpoint_auth_method: 'client_secret_post' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
  };
  const provider = await AuthorizationServer.start(60, true, { configuration: { clients: [client] } });
  atEnd(() => provider.stop());
  const document: ConnectionsDocument = {
    mcpServers: {
      atlassian: {
        url: 'https://mcp.example.test/mcp',
        auth_type: 'oauth2',
        oauth_config: {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          authorize_url: `${provider.issuer}/auth`,
          token_url: provider.tokenUrl,
          revoke_url: provider.revokeUrl,
          scopes: ['openid', 'offline_access', 'read'],
        },
      },
    },
  };
  const settings: Settings = {
    publicUrl: `${PUBLIC_ORIGIN}${prefix}`,
    basePath: `${prefix}/connections`,
    appLink: APP_LINK,
    afterwards: AFTERWARDS,
    keys: `k1:${randomBytes(32).toString('base64')}`,
    document,
  };
  return { provider, settings };
}

/** The routes of a host of this process. */
export async function openRoutes<Context>(
  { publicUrl, basePath, appLink, afterwards, keys, document }: Settings,
  atEnd: AtEnd,
  user: HandlerOptions<Context>['user'],
): Promise<ConnectionsHandler<Context>> {
  const logger = recordingLogger();
  const dataSource = { type: 'better-sqlite3', database: ':memory:' } as const;
  const store = new MetadataStore({ dataSource, config: document, logger });
  await store.initialize();
  const connections = new Connections(store, { keys, publicUrl, logger });
  atEnd(async () => {
    await connections.close();
    await store.close();
  });
  return connectionsHandler<Context>(connections, {
    user,
    basePath,
    appLink,
    afterwards,
    page: true,
    logger,
  });
}

/** The user of an app: of a bearer token, which is not more than the name here. */
export function bearerOf({ headers }: Request): string | null {
  return /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}
