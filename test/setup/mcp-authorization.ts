/**
 * The real authorization server as MCP servers need it: clients register themselves or are documents at addresses, and a
 * token is for the one resource that was asked for. Its metadata is where OpenID Connect has it, and nowhere else.
 */
import type { Configuration } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { AuthorizationServer } from './authorization-server';

export interface McpAuthorizationOptions {
  /** Fetches the metadata documents of clients; without it no client is a document. */
  readonly documents?: NonNullable<Configuration['fetch']>;
  /** Whether only a user who is asked for consent to `offline_access` lets a client have refresh tokens; default false. */
  readonly wantsConsent?: boolean;
  /** How clients may authenticate; default in every way that the server has. */
  readonly authMethods?: NonNullable<Configuration['clientAuthMethods']>;
  /** Whether a client may have no refresh tokens; default false. */
  readonly withoutRefresh?: boolean;
}

/** @param resources those that tokens are issued for; more may be added to it */
export function startMcpAuthorization(
  resources: ReadonlySet<string>,
  { documents, wantsConsent = false, authMethods, withoutRefresh = false }: McpAuthorizationOptions = {},
): Promise<AuthorizationServer> {
  const configuration: Configuration = {
    ...(documents && { fetch: documents }),
    ...(authMethods && { clientAuthMethods: authMethods }),
    ...(withoutRefresh && { scopes: ['openid', 'read', 'write'] }),
    ...(!wantsConsent &&
      !withoutRefresh && {
        issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
      }),
    features: {
      registration: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_context, client) => client.clientAuthMethod !== 'none',
      },
      clientIdMetadataDocument: { enabled: documents !== undefined, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_context, resource) {
          if (!resources.has(resource)) throw new errors.InvalidTarget();
          return { scope: 'read write', audience: resource, accessTokenFormat: 'opaque' };
        },
      },
    },
  };
  const hidden = ['/.well-known/oauth-authorization-server'];
  return AuthorizationServer.start(3600, true, { configuration, hidden });
}
