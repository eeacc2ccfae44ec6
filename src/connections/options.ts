/** What a host gives `Connections`, and what it gets back: the types around the façade. */
import type { DataSource } from 'typeorm';
import type { JsonObject, Transport } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { SecretResolver } from '../config/secrets';
import type { ConnectionsError } from '../errors';
import type { Logger } from '../logging';
import type { Fetch } from '../oauth/exchange';
import type { DiscoveryStep } from '../oauth/discovery';
import type { TokenCipher } from '../tokens/cipher';
import type { Disconnection } from './flow-options';

/** Where connections are declared and tokens are kept; a `MetadataStore` is one. */
export interface ConnectionSource {
  /** Initialised, with the connection tables in place. */
  readonly dataSource: DataSource;
  /** Asked at every call, so that a reload is noticed. */
  readonly registry: ConnectionRegistry;
}

/** What a host tells `Connections`; only `cipher` has no default. */
export interface ConnectionsOptions {
  /** Encrypts tokens at rest: `parseKeyRing(process.env.CONNECTION_KEYS)`, or one of the host's own. */
  readonly cipher: TokenCipher;
  /** Fetches client secrets that are not inline; default: variables from `process.env`, and files. */
  readonly resolveSecret?: SecretResolver;
  /** Sends requests to providers, as for a proxy; default Node's own. It has to obey `redirect: 'manual'`. */
  readonly fetch?: Fetch;
  /** Milliseconds that a provider may take for one request; default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds to wait for another transaction's lock; default 10,000, on MariaDB in whole seconds. */
  readonly lockTimeoutMs?: number;
  /**
   * Address of this backend, as in `https://api.example.com`, for connections that declare no `redirect_uri`; default
   * none. Never a page of the frontend.
   */
  readonly publicUrl?: string;
  /** Path of the callback below it; default `/connections/callback`. */
  readonly callbackPath?: string;
  /** Origins under which requests reach this backend, from which a redirect URI may be made; default none. */
  readonly callbackOrigins?: readonly string[];
  /** Origins that `returnTo` may lead to; default none, which leaves paths. */
  readonly returnOrigins?: readonly string[];
  /**
   * Origins that may be asked though they are private or not https, when an MCP server leads there; default none. What is
   * declared needs no mention.
   */
  readonly trustedOrigins?: readonly string[];
  /** Name of this service on consent pages (RFC 7591 section 2); default `MCP connections`. */
  readonly clientName?: string;
  /** Address of this service's own page, for consent pages; default none. */
  readonly clientUri?: string;
  /**
   * Where the document of `clientMetadata()` is published: an https URL with a path, used as `client_id` where a server
   * takes one (OAuth Client ID Metadata Document); default nowhere.
   */
  readonly clientMetadataUrl?: string;
  /**
   * Whether statements stay prepared on a connection; default true. Say false behind a pooler that gives out a connection
   * for each transaction, as PgBouncer can.
   */
  readonly preparedStatements?: boolean;
  /** `console`, pino or the like; default: warnings and errors become process warnings. */
  readonly logger?: Logger;
}

/** Which of a user's accounts at a provider. */
export interface AccountOptions {
  /** 1 to 255 characters; default `default`, which serves while a user has one. */
  readonly account?: string | undefined;
}

/** How an access token is asked for. */
export interface AccessTokenOptions extends AccountOptions {
  /**
   * An access token that the API has just answered 401 to (RFC 6750 section 3.1): it is renewed if it is still the
   * stored one, whatever its expiry says.
   */
  readonly rejectedToken?: string | undefined;
  /** Ends the wait, not a refresh that others wait for too. */
  readonly signal?: AbortSignal | undefined;
}

/** A token that can be sent now. */
export interface AccessToken {
  /** In clear: for an `Authorization` header and for no log. */
  readonly accessToken: string;
  /** `null` when it does not expire. */
  readonly expiresAt: Date | null;
  /** As granted (RFC 6749 section 3.3); empty when that is not known. */
  readonly scopes: readonly string[];
}

/** Tokens that another program got. */
export interface ImportedTokens {
  /** RFC 6749 section 1.4. */
  readonly accessToken: string;
  /** RFC 6749 section 1.5; default none. */
  readonly refreshToken?: string | null;
  /** Default, and `null`: it does not expire. */
  readonly expiresAt?: Date | null;
  /** As granted; default: as the connection declares them. */
  readonly scopes?: readonly string[];
  /** RFC 6749 section 7.1; default none. */
  readonly tokenType?: string | null;
  /** Kept beside the tokens in clear, never a secret; default nothing. */
  readonly providerMetadata?: JsonObject;
}

/** Whether a user can use a connection. */
export type ConnectionStatus =
  /** There is a token, or a way to renew it without the user. */
  | 'connected'
  /** There are tokens that cannot be used or renewed any more. */
  | 'reauthorization_required'
  /** There are none. */
  | 'not_connected';

/** One account of a user at a connection. */
export interface ConnectedAccount {
  /** `default` where nobody named one. */
  readonly account: string;
  /** Never `not_connected`. */
  readonly status: ConnectionStatus;
  /**
   * Why the user has to connect again: `invalid_grant`, `expired`, or `configuration_changed`; `null` while that is not
   * so.
   */
  readonly reason: string | null;
  /** As granted; empty when that is not known. */
  readonly scopes: readonly string[];
  /** Of the access token, which is renewed by itself; `null` when it does not expire. */
  readonly expiresAt: Date | null;
  /** When the user connected first. */
  readonly connectedAt: Date;
  /** What `capture` kept; `null` when there is nothing. */
  readonly providerMetadata: JsonObject | null;
}

/** A declared connection, as one user sees it. */
export interface UserConnection {
  /** Key of the entry in the document. */
  readonly name: string;
  /** For people. */
  readonly displayName: string;
  /** For people; may be empty. */
  readonly description: string;
  /** An http or https address; `null` when none is declared. */
  readonly iconUrl: string | null;
  /** Address of the MCP server or API. */
  readonly url: string;
  /** How the MCP server is spoken to. */
  readonly transport: Transport;
  /** Of the best of the accounts. */
  readonly status: ConnectionStatus;
  /** In the order of their names. */
  readonly accounts: readonly ConnectedAccount[];
}

/** Which tokens `refreshExpiring` renews. */
export interface RefreshExpiringOptions {
  /** Milliseconds: those that expire in less; default 300,000. A token is not renewed in the first half of its life. */
  readonly withinMs?: number;
  /** At most so many in this call, the first to expire first; default 100. */
  readonly limit?: number;
  /** Begins no more of them; those that were begun are finished. */
  readonly signal?: AbortSignal | undefined;
}

/** What `refreshExpiring` did. */
export interface RefreshExpiringReport {
  /** Tokens that are new. */
  readonly refreshed: number;
  /** Tokens that another process renewed, that are not due yet, or whose connection is not declared any more. */
  readonly skipped: number;
  /** Tokens whose provider could not be asked or refused; they are as they were. */
  readonly failed: number;
  /** Connections that the provider has ended: their users have to connect again. */
  readonly reauthorizationRequired: number;
}

/** Whose tokens an event is about. */
export interface TokenEvent {
  /** The host's id of the user. */
  readonly userId: string;
  /** The connection. */
  readonly connectionName: string;
  /** The account. */
  readonly account: string;
}

/** The events of `Connections` by name, with what a listener is given. Each is emitted by the process that asked. */
export type ConnectionsEvents = {
  /** A user has connected: an authorization was completed. */
  connected: TokenEvent;
  /** A user has disconnected, or was forgotten. */
  disconnected: TokenEvent & {
    /** Whether the provider took the tokens back. */
    readonly revocation: Disconnection['revocation'];
  };
  /** One request of a discovery was made: from the address of an MCP server to its authorization server. */
  discovery: DiscoveryStep & {
    /** The connection. */
    readonly connectionName: string;
  };
  /** New tokens are saved. */
  refreshed: TokenEvent;
  /** A provider could not be asked or refused: `provider_unavailable` or `provider_refused`. Nothing is lost. */
  refresh_failed: TokenEvent & {
    /** What a caller gets, if the old token cannot be served. */
    readonly error: ConnectionsError;
  };
  /** A provider has ended the grant: the user has to connect again. */
  reauthorization_required: TokenEvent & {
    /** `invalid_grant` (RFC 6749 section 5.2). */
    readonly reason: string;
  };
};
