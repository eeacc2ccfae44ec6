/** What a host gives `Connections`, and what it gets back about tokens: the types around the façade. */
import type { DataSource } from 'typeorm';
import type { JsonObject, Transport } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { SecretResolver } from '../config/secrets';
import type { ConnectionsErrorCode, ReauthorizationReason } from '../error-codes';
import type { ConnectionsError, ConnectionsErrorOf } from '../errors';
import type { Logger } from '../logging';
import type { DiscoveryStep } from '../oauth/search';
import type { AccountRef } from '../tokens/account-ref';
import type { TokenCipher } from '../tokens/cipher';
import type { KeyRingOptions } from '../tokens/key-ring';
import type { Disconnection } from './flow-options';

/** Where connections are declared and tokens are stored; a `MetadataStore` is one. */
export interface ConnectionSource<Name extends string = string> {
  /** Initialized, with the connection tables in place. */
  readonly dataSource: DataSource;
  /** Asked at every call, so that a reload of the document takes effect. */
  readonly registry: ConnectionRegistry<Name>;
}

/** The options of `Connections`: give `keys` or `cipher`; everything else has a default. */
export interface ConnectionsOptions {
  /**
   * Keys that encrypt tokens at rest: the text of an environment variable, `id:base64` for each key of 32 bytes,
   * separated by commas, the current one first; or a key ring.
   */
  readonly keys?: string | KeyRingOptions | undefined;
  /** Encrypts tokens in place of `keys`, for a key management service. */
  readonly cipher?: TokenCipher | undefined;
  /**
   * URL of this backend, such as `https://api.example.com`: the redirect URI of a connection that declares none is made
   * from it. Never a page of the frontend. Default none.
   */
  readonly publicUrl?: string | undefined;
  /** Path of a connection's callback below `publicUrl`; default `/connections/{name}/callback`. */
  readonly callbackPath?: string | undefined;
  /** Origins at which requests reach this backend, allowed as `requestOrigin` of `authorize`; default none. */
  readonly callbackOrigins?: readonly string[] | undefined;
  /** Origins that `returnTo` may lead to; default none, which allows paths only. */
  readonly returnOrigins?: readonly string[] | undefined;
  /**
   * Origins that discovery may request although they are private or not https, each with the connections that may lead there,
   * as in `{ 'http://10.0.0.5:8080': ['wiki'] }`; default none. The origin of a declared `url` is always allowed for its
   * connection.
   */
  readonly trustedOrigins?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Name of this service on consent pages (RFC 7591 section 2); default `MCP connections`. */
  readonly clientName?: string | undefined;
  /** URL of this service's home page, for consent pages; default none. */
  readonly clientUri?: string | undefined;
  /**
   * The https URL at which the host publishes `clientMetadata(name)`, with `{name}` for the connection; it becomes the
   * `client_id` at authorization servers that support OAuth Client ID Metadata Documents. Default none.
   */
  readonly clientMetadataUrl?: string | undefined;
  /** Reads client secrets that are references; default: variables from `process.env`, and files. */
  readonly resolveSecret?: SecretResolver | undefined;
  /**
   * Sends requests to the URLs that you declare or vouch for; must obey `redirect: 'manual'`. Default Node's own `fetch`.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * Sends requests to the addresses that servers name, in place of the guard against private addresses: for an egress proxy
   * that resolves names and decides by itself. Must obey `redirect: 'manual'`. Default: the guard, which goes past any proxy.
   */
  readonly discoveryFetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * Milliseconds that one request to a provider may take, at most 60,000; default 10,000. All requests of one `authorize`, `complete` or
   * `disconnect` together take at most three times as long.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds to wait for a lock in the database; default 10,000, on MariaDB in whole seconds. */
  readonly lockTimeoutMs?: number | undefined;
  /**
   * Whether statements stay prepared on a connection; default true, until one is lost behind a pooler in transaction mode, such
   * as PgBouncer.
   */
  readonly preparedStatements?: boolean | undefined;
  /** `console`, pino or the like; default: warnings and errors become process warnings. */
  readonly logger?: Logger | undefined;
}

/** Where users and providers reach the service, as the options of `Connections` say it. */
export interface ServiceAddresses {
  /** The option `publicUrl`; `null` without it. */
  readonly publicUrl: string | null;
  /** The option `callbackPath`, or its default. */
  readonly callbackPath: string;
  /** The option `callbackOrigins`. */
  readonly callbackOrigins: readonly string[];
  /** The option `returnOrigins`. */
  readonly returnOrigins: readonly string[];
}

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /**
   * An access token that the API has just answered with 401 (RFC 6750 section 3.1). If it is still the stored one it is
   * refreshed, whatever its expiry says; unless it took the place of a rejected one within an hour, which is `token_refused`.
   */
  readonly rejectedToken?: string | undefined;
  /** Ends the wait. A refresh that has begun goes on, since other callers may wait for it. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `fetchFor`. */
export interface FetchForOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /**
   * Origins that get the user's token besides that of the connection's `url` and `api_origins`, such as the `instance_url` that Salesforce gives
   * with its tokens; default none.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Told when a call rejects because the user has to do something: connect, connect again, or grant more scopes. Not awaited;
   * what it throws is logged.
   */
  readonly onConnectNeeded?:
    | ((
        error: ConnectionsErrorOf<
          'not_connected' | 'reauthorization_required' | 'token_refused' | 'insufficient_scope'
        >,
      ) => unknown)
    | undefined;
}

/** An access token to send now. */
export interface AccessToken {
  /** In clear, for an `Authorization` header. Never log it. */
  readonly accessToken: string;
  /** `null` when it does not expire. */
  readonly expiresAt: Date | null;
  /** As granted (RFC 6749 section 3.3); empty when that is not known. */
  readonly scopes: readonly string[];
}

/** Tokens that another program obtained. */
export interface ImportedTokens {
  /** RFC 6749 section 1.4. */
  readonly accessToken: string;
  /** RFC 6749 section 1.5; default none. */
  readonly refreshToken?: string | null | undefined;
  /** When the access token expires; default never. */
  readonly expiresAt?: Date | null | undefined;
  /** As granted; default: as the connection declares them. */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 6749 section 7.1; default none. */
  readonly tokenType?: string | null | undefined;
  /** Stored beside the tokens in clear, so never a secret; default nothing. */
  readonly providerMetadata?: JsonObject | undefined;
}

/** Options of `importTokens`. */
export interface ImportOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /** Tokens that were last saved before this instant are replaced; default none. */
  readonly replaceSavedBefore?: Date | undefined;
}

/** One account for `importAll`: what `importTokens` takes, as one object. */
export interface ImportEntry<Name extends string = string> extends ImportedTokens, ImportOptions {
  /** The host's own id of the user. */
  readonly userId: string;
  /** As declared. */
  readonly connectionName: Name;
}

/** Options of `importAll`. */
export interface ImportAllOptions {
  /** Told of the counts after each batch that was written, and awaited. */
  readonly onProgress?: ((progress: ImportProgress) => unknown) | undefined;
  /** Stops between two entries; what was stored stays so. */
  readonly signal?: AbortSignal | undefined;
}

/** How far `importAll` is. */
export interface ImportProgress {
  /** Entries that were read. */
  readonly read: number;
  /** Accounts whose tokens were stored. */
  readonly stored: number;
  /** Accounts that have tokens, which were not to be replaced. */
  readonly kept: number;
  /** Entries that cannot be stored. */
  readonly failed: number;
}

/** What `importAll` did. */
export interface ImportAllReport extends Omit<ImportProgress, 'read'> {
  /** The first 1,000 entries that cannot be stored. */
  readonly failures: readonly {
    /** Of the entry, from 0. */
    readonly position: number;
    /** As the entry has it; absent where it has none that is a text, as are the next two. */
    readonly userId?: string;
    readonly connectionName?: string;
    readonly account?: string;
    /** Why, as `importTokens` would throw it. */
    readonly code: ConnectionsErrorCode;
    /** Of that error; it shows no part of a token. */
    readonly message: string;
  }[];
}

/** What an account can be used for now, and why not; the best first. The row decides it, so that every process says the same. */
export type AccountHealth =
  /** There is an access token that can be used, or one that can be refreshed without the user. */
  | { readonly status: 'connected' }
  /**
   * The access token has expired, or the API rejects it, and refreshing it fails. Nothing is lost, and there is nothing for the user
   * to do. The event `refresh_failed` says why: the provider is down, or an operator has to mend something.
   */
  | {
      readonly status: 'provider_unavailable';
      /** Since when no refresh has succeeded. */
      readonly since: Date;
      /** When this process asks the provider again at the earliest; `null` where it may ask now. */
      readonly retryAt: Date | null;
    }
  /**
   * The API answers 401 to the access token, which a refresh had brought in place of a rejected one. New tokens end this, and a call of
   * `fetchFor` that succeeds.
   */
  | { readonly status: 'token_refused' }
  /** This process lacks the key or the context of the token. An operator has to add it; nothing is lost. */
  | { readonly status: 'key_missing' }
  /** The tokens can neither be used nor refreshed: the user has to connect again. */
  | {
      readonly status: 'reauthorization_required';
      /** Why. */
      readonly reason: ReauthorizationReason;
    };

/** Whether a user can use a connection. */
export type ConnectionStatus = AccountHealth['status'] | 'not_connected';

/** One account of a user at a connection, with its health. */
export type ConnectedAccount = AccountHealth & {
  /** `default` unless the host named it. */
  readonly account: string;
  /** Whether the access token can be refreshed without the user. */
  readonly renewable: boolean;
  /** As granted; empty when that is not known. */
  readonly scopes: readonly string[];
  /** When the access token expires, which is refreshed automatically; `null` when it does not expire. */
  readonly expiresAt: Date | null;
  /** When the user first connected. */
  readonly connectedAt: Date;
  /**
   * What the declaration's `capture` kept or the host imported, without fields that are named like secrets; `null` when there
   * is nothing.
   */
  readonly providerMetadata: JsonObject | null;
};

/** A declared connection, as one user sees it. */
export interface UserConnection<Name extends string = string> {
  /** Key of the entry in the document. */
  readonly name: Name;
  /** Name to show. */
  readonly displayName: string;
  /** Text to show; may be empty. */
  readonly description: string;
  /** An http or https URL; `null` when none is declared. */
  readonly iconUrl: string | null;
  /** URL of the MCP server or API. */
  readonly url: string;
  /** Transport of the MCP server. */
  readonly transport: Transport;
  /** Of the account that is best off; `not_connected` without accounts. */
  readonly status: ConnectionStatus;
  /** In the order of their names. */
  readonly accounts: readonly ConnectedAccount[];
}

/** Options of `refreshExpiring`. */
export interface RefreshExpiringOptions {
  /**
   * Milliseconds: refreshes tokens that expire sooner than this; default 300,000. A token is never refreshed in the first
   * half of its life.
   */
  readonly withinMs?: number | undefined;
  /** Providers are asked about at most this many tokens in one call, those that expire first; default 100. */
  readonly limit?: number | undefined;
  /** At most this many requests at the same time, from 1 to 1,000; default 32. */
  readonly concurrency?: number | undefined;
  /** Begins no further refreshes; those that have begun are finished. */
  readonly signal?: AbortSignal | undefined;
}

/** Counts of what `refreshExpiring` did. */
export interface RefreshExpiringReport {
  /** Tokens that were replaced by new ones. */
  readonly refreshed: number;
  /**
   * Tokens that another process refreshed, that are not due yet, that were issued for another declaration, or whose refresh
   * failed a moment ago. Those of connections that are not declared, or whose provider is left alone, are not counted.
   */
  readonly skipped: number;
  /** Tokens whose provider did not answer or refused; they are unchanged. */
  readonly failed: number;
  /** Grants that the provider has ended: their users have to connect again. */
  readonly reauthorizationRequired: number;
}

/** The events of `Connections`, with what a listener is given. Each is emitted by the process in which it happened. */
export type ConnectionsEvents<Name extends string = string> = {
  /** A user has completed an authorization. */
  connected: AccountRef<Name>;
  /** A user has disconnected, or was forgotten. */
  disconnected: AccountRef<Name> & {
    /** Whether the provider revoked the tokens. */
    readonly revocation: Disconnection['revocation'];
  };
  /** Discovery made one step, between the URL of an MCP server and its authorization server. */
  discovery: DiscoveryStep & {
    /** The connection. */
    readonly connectionName: Name;
  };
  /** New tokens were stored. */
  refreshed: AccountRef<Name>;
  /** A refresh failed. The stored tokens are unchanged. */
  refresh_failed: AccountRef<Name> & {
    /** What callers are given when the old token cannot be used either. */
    readonly error: ConnectionsError;
  };
  /** An API answered 401 to an access token and to the one that took its place. */
  token_refused: AccountRef<Name>;
  /** The user has to connect again, as when the provider has ended the grant. */
  reauthorization_required: AccountRef<Name> & {
    /** Why. */
    readonly reason: ReauthorizationReason;
  };
};
