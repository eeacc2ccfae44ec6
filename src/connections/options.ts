/** What a host gives `new Connections`, and what its listeners are told. */
import type { DataSource } from 'typeorm';
import type { ConnectionRegistry } from '../config/registry';
import type { SecretResolver } from '../config/secrets';
import type { ReauthorizationReason } from '../error-codes';
import type { ConnectionsError } from '../errors';
import type { Logger } from '../logging';
import type { DiscoveryStep } from '../oauth/search';
import type { AccountRef } from '../tokens/account-ref';
import type { TokenCipher } from '../tokens/cipher';
import type { KeyRingOptions } from '../tokens/key-ring';

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

/** What `disconnect` did. */
export interface Disconnection {
  /** False when the user had no tokens there. */
  readonly removed: boolean;
  /**
   * Whether the provider revoked the tokens (RFC 7009). `unsupported`: no revocation endpoint is declared or discovered,
   * the tokens were issued under an earlier declaration, the connection is no longer declared, or there were no tokens. `failed`:
   * the provider did not answer or refused, the tokens cannot be decrypted, or the registry does not give the connection, for example
   * because its entry has errors.
   */
  readonly revocation: 'revoked' | 'failed' | 'unsupported';
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

/** The name of each event, which the compiler compares with the type. */
export const connectionsEvents: Readonly<Record<keyof ConnectionsEvents, true>> = {
  connected: true,
  disconnected: true,
  discovery: true,
  refreshed: true,
  refresh_failed: true,
  token_refused: true,
  reauthorization_required: true,
};
