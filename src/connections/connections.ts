/** What a host calls once its connections are declared: flows, and the tokens of its users, kept alive. */
import type { ConnectionRegistry } from '../config/registry';
import type { ReencryptOptions, ReencryptReport } from '../tokens/reencrypt';
import type { AccessToken, AccessTokenOptions } from './access/access-tokens';
import type { ImportAllOptions, ImportAllReport, ImportEntry } from './accounts/import-entries';
import type { ImportedTokens, ImportOptions } from './accounts/import-tokens';
import type { UserConnection } from './accounts/user-connections';
import type { FetchForOptions } from './api/fetch-for';
import type { RefreshExpiringOptions } from './expiring/refresh-expiring';
import type { RefreshExpiringReport } from './expiring/tally';
import { ConnectionsFacade } from './facade';
import type { Authorization, AuthorizeOptions } from './flow/authorize';
import type { CompletedAuthorization, CompleteOptions } from './flow/complete';
import type {
  ConnectionsEvents,
  ConnectionsOptions,
  ConnectionSource,
  Disconnection,
  ServiceAddresses,
} from './options';

/**
 * Runs the authorization flow and serves users' access tokens. A token is refreshed once, however many callers and
 * processes ask for it. Every method may also throw the database errors that `syncConnectionConfigs` lists, and
 * `option_invalid` for an option that cannot be used.
 *
 * An interface, so that a test may give any object with these members.
 */
export interface Connections<Name extends string = string> {
  /** The declared connections, by the source that was given. */
  readonly registry: ConnectionRegistry<Name>;
  /** Where users and providers reach the service, for routes that a host writes itself. */
  readonly addresses: ServiceAddresses;
  /**
   * Begins an authorization (RFC 6749 section 4.1, with PKCE, RFC 7636).
   * @param userId the host's own id, 1 to 255 characters, compared byte for byte
   * @param connectionName as declared
   * @param options `account`, `returnTo`, `scopes`, `requestOrigin`, `bindToBrowser`, `browserBinding`, `newClient`, `response`
   * @returns the URL to send the user to
   * @throws ConnectionsError `account_invalid`, `redirect_uri_unknown`, `return_to_refused`, `connection_incomplete`,
   * `connection_not_oauth`, for a discovered server `discovery_failed`, `address_refused`, `client_unregistered`,
   * `provider_unavailable`, `key_unknown` and `ciphertext_invalid`, and what the registry throws for the name
   * @example
   * app.post('/connect/github', async (request, response) => {
   *   const { authorizationUrl } = await connections.authorize(request.user.id, 'github', { returnTo: '/settings' });
   *   response.redirect(authorizationUrl);
   * });
   */
  authorize(userId: string, connectionName: Name, options?: AuthorizeOptions): Promise<Authorization>;
  /**
   * Completes an authorization: exchanges the code and stores the tokens of the user who comes back (RFC 6749 sections
   * 4.1.2 to 4.1.4).
   * @param callbackUrl of the request, or its whole path and query: the path has to be that of the redirect URI
   * @param options `userId` of the session, or `browserBinding` of the cookie; `connectionName` of the route, in place of the
   * path
   * @throws ConnectionsError `state_unknown`, `callback_invalid`, `account_invalid`; and, with the `connectionName`, `account`
   * and `returnTo` of the flow, `redirect_uri_mismatch`, `issuer_mismatch`, `authorization_denied`, `authorization_failed`,
   * `connection_changed`, `connection_incomplete`, `secret_unresolved`, `provider_unavailable`, `provider_refused`, `tokens_invalid`,
   * `discovery_failed`, `address_refused`, `key_unknown`, `ciphertext_invalid`, and what the registry throws for the name. The user
   * has to begin again after each.
   * @example
   * app.get('/connections/:name/callback', async (request, response) => {
   *   const { returnTo } = await connections.complete(request.originalUrl, { userId: request.user.id });
   *   response.redirect(returnTo ?? '/');
   * });
   */
  complete(callbackUrl: string | URL, options: CompleteOptions): Promise<CompletedAuthorization<Name>>;
  /**
   * An access token to send to the connection's API: the stored one while it is valid, else a new one (RFC 6749 section
   * 6). Close to its expiry the stored one is returned while a new one is fetched in the background.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account` (default `default`), `rejectedToken`, `signal`
   * @throws ConnectionsError `not_connected`, `reauthorization_required`, `provider_unavailable`, `provider_refused`,
   * `connection_incomplete`, `secret_unresolved`, `key_unknown`, `ciphertext_invalid`, `account_invalid`, `token_not_saved`,
   * `connection_not_oauth`, `connections_closed`, `token_refused` for a `rejectedToken`, for a discovered server
   * `discovery_failed` and `address_refused`, and what the registry throws for the name; the signal's reason when it is aborted
   * @example
   * const { accessToken } = await connections.getAccessToken(userId, 'github');
   * const response = await fetch('https://api.github.com/user', { headers: { authorization: `Bearer ${accessToken}` } });
   */
  getAccessToken(userId: string, connectionName: Name, options?: AccessTokenOptions): Promise<AccessToken>;
  /**
   * A `fetch` that calls the connection's API as a user, for every client that takes one. It sends the user's access token (RFC
   * 6750 section 2.1) and the declared `headers` to the origin of the connection's `url`, to `api_origins` and to the `origins` given,
   * and to no other, wherever redirects lead; any other origin is asked without them, and past the guard against private addresses
   * only where `trustedOrigins` says so.
   *
   * A token that the API answers with 401 is refreshed, once over all callers and processes, and the request is sent once more.
   * Sends no request by itself. Each call asks for the connection and the token anew.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account` (default `default`); `origins` that get the token besides (default none); `onConnectNeeded`, told of
   * the errors `not_connected`, `reauthorization_required`, `token_refused` and `insufficient_scope`, one for each call
   * @returns a function to call as `fetch`. It returns the API's answers, and rejects where there is none, as `fetch` does; with the
   * signal's reason; and with a ConnectionsError: each that `getAccessToken` lists, `token_refused` when the refreshed token gets a
   * 401 too, `insufficient_scope` with the `scopes` (RFC 6750 section 3.1) on a 403 that asks for more, `body_not_replayable` when
   * a stream would have to be sent twice, and `address_refused`
   * @throws ConnectionsError `account_invalid`
   * @example
   * const fetch = connections.fetchFor(userId, 'linear', {
   *   onConnectNeeded: ({ connectionName }) => askToConnect(connectionName),
   * });
   * await client.connect(new StreamableHTTPClientTransport(new URL('https://mcp.linear.app/mcp'), { fetch }));
   */
  fetchFor(userId: string, connectionName: Name, options?: FetchForOptions): typeof globalThis.fetch;
  /**
   * Every declared connection with this user's accounts, in the order of names. Sends no request.
   * @param userId the host's own id
   * @throws ConnectionsError `account_invalid`
   * @example
   * for (const { displayName, status } of await connections.list(userId)) console.log(displayName, status);
   */
  list(userId: string): Promise<UserConnection<Name>[]>;
  /**
   * Disconnects an account: deletes its tokens, and revokes them where the provider can (RFC 7009).
   * @param userId the host's own id
   * @param connectionName one that is no longer declared is accepted too
   * @param options `account`, default `default`
   * @returns what was done; disconnecting twice is no error
   * @throws ConnectionsError `account_invalid`
   * @example
   * const { removed } = await connections.disconnect(userId, 'github');
   */
  disconnect(
    userId: string,
    connectionName: string,
    options?: { readonly account?: string | undefined },
  ): Promise<Disconnection>;
  /**
   * Stores tokens that another program obtained, unless the account has tokens.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param tokens `accessToken`; the rest is optional
   * @param options `account`, default `default`; `replaceSavedBefore`, a Date: tokens that were last saved before it are replaced,
   * default none, so that an import that runs twice does not bring back a refresh token that is spent
   * @returns whether they were stored; false when the account has tokens that are not to be replaced
   * @throws ConnectionsError `tokens_invalid`, `account_invalid`, `account_taken`, `connection_not_oauth`, and what the
   * registry throws for the name
   * @example
   * const tokens = { accessToken, refreshToken, expiresAt: new Date(expiresAtMs) };
   * const isStored = await connections.importTokens(userId, 'github', tokens);
   */
  importTokens(
    userId: string,
    connectionName: Name,
    tokens: ImportedTokens,
    options?: ImportOptions,
  ): Promise<boolean>;
  /**
   * Stores tokens of many accounts, for a move from another system. Each is treated as `importTokens` treats it.
   * @param entries `userId`, `connectionName`, `account`, `replaceSavedBefore` and the tokens of each; pulled as they are written
   * @param options `onProgress`, told of counts after each batch and awaited; `signal`
   * @returns counts of what was stored, kept because the account has tokens, and failed; and the first 1,000 that failed: whose
   * they are, and the code and message that `importTokens` would throw
   * @throws ConnectionsError an error of the database, `connections_closed`; the signal's reason when it is aborted, and what `entries`
   * or `onProgress` throw. What was stored stays so, and the same import may run again.
   * @example
   * const accounts = exported.map(({ userId, accessToken, refreshToken, expiresAt }) => ({
   *   userId, connectionName: 'github' as const, accessToken, refreshToken, expiresAt: new Date(expiresAt),
   * }));
   * const { stored, kept, failures } = await connections.importAll(accounts);
   */
  importAll(
    entries: Iterable<ImportEntry<Name>> | AsyncIterable<ImportEntry<Name>>,
    options?: ImportAllOptions,
  ): Promise<ImportAllReport>;
  /**
   * Refreshes tokens before a caller needs them, for a host with a scheduler. Processes that do so at once divide the work.
   * @param options `withinMs` (default 300,000); `limit` of the tokens that providers are asked about (default 100);
   * `concurrency`, the requests at the same time (default 32); `signal`
   * @returns counts, when all is done or `close()` was called; failures are logged, with one line for each connection, and emitted
   * as events, one for each token
   * @throws ConnectionsError `database_busy` or `database_failed` when no rows can be read
   * @example
   * setInterval(() => {
   *   connections.refreshExpiring({ withinMs: 600_000 }).catch((error) => logger.error(error));
   * }, 300_000);
   */
  refreshExpiring(options?: RefreshExpiringOptions): Promise<RefreshExpiringReport>;
  /**
   * Moves a user's tokens to another user id. They are encrypted for their user, so an SQL UPDATE cannot do this.
   * @param from the old id
   * @param to the new id
   * @returns the number of rows that were renamed; after an error, calling it again continues
   * @throws ConnectionsError `account_taken` when the new user has tokens for the same connection and account,
   * `account_invalid`, `database_busy`, `key_unknown`, `ciphertext_invalid`, `connections_closed`
   * @example
   * await connections.renameUser('ada@old.example', 'ada@new.example');
   */
  renameUser(from: string, to: string): Promise<number>;
  /**
   * Keeps users connected when a connection gets another name; call it once the new document is deployed.
   * @param from the old name
   * @param to the new name
   * @returns the number of rows of tokens that were renamed; after an error, calling it again continues
   * @throws ConnectionsError as `renameUser` does
   * @example
   * await connections.renameConnection('gh', 'github');
   */
  renameConnection(from: string, to: Name): Promise<number>;
  /**
   * Forgets a user: deletes all tokens and flows, and revokes the tokens where the provider can (RFC 7009).
   * @param userId the host's own id
   * @returns the number of rows that were deleted; a provider that does not answer keeps none
   * @throws ConnectionsError `account_invalid`
   * @example
   * await connections.forgetUser(user.id); // before the account itself is deleted
   */
  forgetUser(userId: string): Promise<number>;
  /**
   * Encrypts every stored token with the current key and context, while the service runs. Legacy formats are replaced too.
   * @param options `signal`
   * @returns counts, and the first 1,000 rows that cannot be decrypted, which stay as they are: tokens, and registered clients,
   * which have no `userId`; run it again until nothing is skipped, and remove the legacy formats when `legacy` is 0
   * @throws ConnectionsError `connections_closed`; the signal's reason when it is aborted
   * @example
   * const { skipped, legacy, failures } = await connections.reencrypt();
   */
  reencrypt(options?: ReencryptOptions): Promise<ReencryptReport>;
  /**
   * Turns an `insufficient_scope` answer of an API into an error that says which scopes to ask for.
   * @param connectionName as declared
   * @param response of the API; its body is not read
   * @throws ConnectionsError `insufficient_scope` (RFC 6750 section 3.1), with `scopes`
   * @example
   * try {
   *   connections.requireScopes('github', apiResponse);
   * } catch (error) {
   *   if (!isConnectionsError(error, 'insufficient_scope')) throw error;
   *   return connections.authorize(userId, 'github', { scopes: error.scopes });
   * }
   */
  requireScopes(connectionName: Name, response: Pick<Response, 'status' | 'headers'>): void;
  /**
   * The document to publish as JSON at the connection's `clientMetadataUrl`, so that an authorization server knows this client
   * without a registration (OAuth Client ID Metadata Document).
   * @param connectionName as declared, or from the path of the request
   * @returns undefined without the option `clientMetadataUrl`
   * @throws ConnectionsError what the registry throws for the name, and `redirect_uri_unknown`
   * @example
   * app.get('/connections/:name/client.json', async (request, response) => {
   *   response.json(await connections.clientMetadata(request.params.name));
   * });
   */
  clientMetadata(connectionName: string): Promise<Record<string, unknown> | undefined>;
  /**
   * Calls a listener from now on. A listener that throws or rejects is logged and stops nothing.
   * @param name of the event
   * @param listener given what happened; not awaited
   * @returns a function that stops listening
   * @example
   * connections.on('reauthorization_required', ({ userId, connectionName }) => notify(userId, connectionName));
   */
  on<Event extends keyof ConnectionsEvents<Name>>(
    name: Event,
    listener: (payload: ConnectionsEvents<Name>[Event]) => unknown,
  ): () => void;
  /**
   * Waits for flows, refreshes and revocations that are under way, so that a shutdown loses no token, and ends jobs over many rows
   * between two statements. Call it before the DataSource is closed. A later call of any other method opens `Connections` again.
   * @example
   * await connections.close();
   * await store.close();
   */
  close(): Promise<void>;
}

/**
 * Makes a `Connections`. Touches neither the database nor the network.
 *
 * Takes a `MetadataStore`, or a DataSource with a registry of the host's own, and options, of which `keys` or `cipher` is
 * required. Throws a ConnectionsError `option_invalid` or `key_invalid`.
 * @example
 * const connections = new Connections(store, {
 *   keys: process.env.CONNECTION_KEYS,
 *   publicUrl: 'https://api.example.com',
 *   returnOrigins: ['https://app.example.com'],
 * });
 */
export const Connections: new <Name extends string = string>(
  source: ConnectionSource<Name>,
  options: ConnectionsOptions,
) => Connections<Name> = ConnectionsFacade;
