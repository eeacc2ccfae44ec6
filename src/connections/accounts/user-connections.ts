/**
 * Every declared connection as one user sees it: what is connected, what has to be connected again, and why. The row decides
 * it, so that every process says the same, and says what `getAccessToken` does.
 */
import {
  type ConnectionDefinition,
  type JsonObject,
  type Transport,
  type OAuthConnection,
  isOAuth,
} from '../../config/definition';
import { byName } from '../../config/names';
import { deleteSecrets } from '../../config/secret-names';
import type { ReauthorizationReason } from '../../error-codes';
import { type ListedToken, type Trouble, keyStartsIn, troubleIn } from '../../tokens/listed-token';
import { storedMetadata, scopesOf } from '../../tokens/token-row';
import { standingByDeclaration, doubtOf, reasonOf } from '../access/token-use';

/** What an account can be used for now, and why not; the best first. The row decides it, so that every process says the same. */
type AccountHealth =
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

/** What only this process knows. */
export interface ProcessKnowledge {
  /** Whether it has the key of a token, as far as the beginning of the ciphertext tells. */
  readonly hasKeyOf: (start: string) => boolean;
  /** When it will ask the provider of these tokens again; null where it may ask now. */
  readonly retryAt: (tokens: Pick<Trouble, 'id'> & Pick<ListedToken, 'generation'>) => Date | null;
}

/** @param rows of one user; those of connections that are not declared are left out */
export function userConnections<Name extends string>(
  definitions: readonly ConnectionDefinition<Name>[],
  rows: readonly ListedToken[],
  process: ProcessKnowledge,
): UserConnection<Name>[] {
  const rowsOf = new Map<string, ListedToken[]>();
  for (const row of rows) {
    const same = rowsOf.get(row.connectionName);
    if (same) same.push(row);
    else rowsOf.set(row.connectionName, [row]);
  }
  const connections: UserConnection<Name>[] = [];
  for (const definition of definitions.filter(isOAuth)) {
    const { name, displayName, description, iconUrl, url, transport } = definition;
    const accounts = (rowsOf.get(name) ?? []).map((row) => connectedAccount(row, definition, process));
    if (accounts.length > 1) accounts.sort((a, b) => byName({ name: a.account }, { name: b.account }));
    const status = bestOf(accounts);
    connections.push({ name, displayName, description, iconUrl, url, transport, status, accounts });
  }
  return connections;
}

function connectedAccount(
  row: ListedToken,
  definition: OAuthConnection,
  process: ProcessKnowledge,
): ConnectedAccount {
  const standing = standingByDeclaration(row, definition);
  const health = accountHealth(row, definition, standing, process);
  const isRenewable = health.status === 'connected' || health.status === 'provider_unavailable';
  return {
    account: row.account,
    ...health,
    renewable: isRenewable && standing.canRefresh,
    scopes: scopesOf(row),
    expiresAt: row.expiresAt === null ? null : instantOf(row.expiresAt),
    connectedAt: instantOf(row.createdAt),
    providerMetadata: metadataOf(row.providerMetadata),
  };
}

/** @param standing of the row, by its declaration */
function accountHealth(
  row: ListedToken,
  definition: OAuthConnection,
  { isUsable, canRefresh }: ReturnType<typeof standingByDeclaration>,
  process: ProcessKnowledge,
): AccountHealth {
  if (!isUsable && !canRefresh) return reauthorizationHealth(reasonOf(row, definition));
  const { access, refresh } = keyStartsIn(row);
  if (!process.hasKeyOf(isUsable ? access : refresh)) return { status: 'key_missing' };
  const { id, isRejected, isRejectedLately, failingSince } = troubleIn(row);
  const wantsAnother = !isUsable || (isRejected && !isRejectedLately);
  const doubt = doubtOf(row);
  if (wantsAnother && doubt !== null) return reauthorizationHealth(doubt);
  if (!canRefresh) return isRejected ? reauthorizationHealth(reasonOf(row, definition, true)) : CONNECTED;
  if (wantsAnother && failingSince !== null) {
    const retryAt = process.retryAt({ id, generation: row.generation });
    return { status: 'provider_unavailable', since: instantOf(failingSince), retryAt };
  }
  return isRejected ? { status: 'token_refused' } : CONNECTED;
}

const CONNECTED: AccountHealth = { status: 'connected' };

function reauthorizationHealth(reason: ReturnType<typeof reasonOf>): AccountHealth {
  return { status: 'reauthorization_required', reason };
}

/** Text that is not a date counts as long past, as it does for a refresh. */
function instantOf(text: string): Date {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** Another program may have stored secrets beside its tokens. */
function metadataOf(text: string | null): JsonObject | null {
  const metadata = storedMetadata(text);
  deleteSecrets(metadata);
  return metadata;
}

/** The best first. */
const ORDER = [
  'connected',
  'provider_unavailable',
  'token_refused',
  'key_missing',
  'reauthorization_required',
] as const satisfies readonly ConnectionStatus[];

function bestOf(accounts: readonly ConnectedAccount[]): ConnectionStatus {
  return ORDER.find((best) => accounts.some(({ status }) => status === best)) ?? 'not_connected';
}
