/** The authorization server of a connection and our client there: for a flow that begins, and for tokens. */
import type { OAuthOptions } from '../../config/definition';
import { ConnectionsError, quote } from '../../errors';
import type { ExchangeOptions } from '../../oauth/exchange';
import type { OAuthClient } from '../../oauth/token-endpoint';
import type { IssuedUnder } from '../../tokens/token-seal';

/** Where a flow begins. */
export interface FlowProvider {
  readonly clientId: string;
  readonly authorizeUrl: string;
  /** What tokens of the flow will be issued under. */
  readonly under: IssuedUnder;
  /** Of the connection, with what discovery adds to it. */
  readonly options: OAuthOptions;
  /** All that are asked for. */
  readonly scopes: readonly string[];
}

/** Who gives, refreshes and revokes tokens. */
export type Provider = DeclaredProvider | DiscoveredProvider;

interface AnyProvider {
  /** Of the connection. */
  readonly name: string;
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
  /** Of the connection, with what discovery adds to it. */
  readonly options: OAuthOptions;
  /** As they are declared. */
  readonly scopes: readonly string[];
  /** Milliseconds that one request may take. */
  readonly requestMs: number;
  /** How an endpoint is asked: by its own address, since a server may name any. */
  exchangeWith(url: string): ExchangeOptions;
  /** The client, its secret fetched at this moment. */
  client(): Promise<OAuthClient>;
}

export interface DeclaredProvider extends AnyProvider {
  readonly isDiscovered: false;
}

export interface DiscoveredProvider extends AnyProvider {
  readonly isDiscovered: true;
  /** Whether it names itself in each callback (RFC 9207). */
  readonly namesIssuer: boolean;
  /** Whether `resource` is what the MCP server names, and no declaration of the operator's. */
  readonly isResourceDiscovered: boolean;
  /**
   * For a registered client that the server does not know any more; null where an operator has to see to it.
   * @param isCertain whether nothing else can be the reason
   * @returns whether the next flow gets another client
   */
  readonly forgetClient: ((isCertain: boolean) => Promise<boolean>) | null;
}

/** What is done where a provider refuses its client; null where an operator has to see to it. */
export function forgetClientOf(provider: Provider): DiscoveredProvider['forgetClient'] {
  return provider.isDiscovered ? provider.forgetClient : null;
}

/** @param field that the declaration lacks */
export function incomplete(connectionName: string, field: string): ConnectionsError {
  return new ConnectionsError(
    'connection_incomplete',
    `Connection ${quote(connectionName)} cannot be used: its declaration has no \`${field}\`. Declare \`client_id\`, ` +
      '`authorize_url` and `token_url`; or none of the endpoints, so that they are discovered from `url`.',
    { connectionName },
  );
}
