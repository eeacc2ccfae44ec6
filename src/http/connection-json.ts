/** Connections as the JSON of the routes has them, which the front end of the original service reads. */
import type { ConnectedAccount, UserConnection } from '../connections/accounts/user-connections';
import type { AccountJson, ConnectionJson, ConnectionsJson, ExpiredJson } from './json';

/**
 * Statuses that the user can mend. A missing key is not one: an operator adds it, and connecting again would lose a
 * token that is still there.
 */
const NEEDS_USER: ReadonlySet<string> = new Set(['token_refused', 'reauthorization_required']);

export function connectionsJson(connections: readonly UserConnection[]): ConnectionsJson {
  const all = connections.map(connectionJson);
  const expired = all.filter(({ connected, valid }) => connected && !valid).map(expiredJson);
  return { connections: all, expired };
}

export function connectionJson(connection: UserConnection): ConnectionJson {
  const { name, displayName, description, iconUrl, status, accounts } = connection;
  const best = bestOf(connection);
  return {
    name,
    display_name: displayName,
    description: description === '' ? null : description,
    icon_url: iconUrl,
    connected: best !== undefined,
    valid: !NEEDS_USER.has(status),
    has_refresh_token: best?.renewable ?? false,
    requires_authorization: best === undefined,
    auth_type: 'oauth2',
    scopes: best === undefined ? null : scopeText(best.scopes),
    expires_at: best?.expiresAt?.toISOString() ?? null,
    is_user_defined: false,
    user_server_id: null,
    status,
    accounts: accounts.map(accountJson),
  };
}

/** Of accounts that are equally well off, one that can be refreshed. */
function bestOf({ status, accounts }: UserConnection): ConnectedAccount | undefined {
  const best = accounts.filter((account) => account.status === status);
  return best.find(({ renewable }) => renewable) ?? best[0];
}

function accountJson(account: ConnectedAccount): AccountJson {
  const isDown = account.status === 'provider_unavailable';
  return {
    account: account.account,
    status: account.status,
    reason: account.status === 'reauthorization_required' ? account.reason : null,
    since: isDown ? account.since.toISOString() : null,
    retry_at: isDown ? (account.retryAt?.toISOString() ?? null) : null,
    has_refresh_token: account.renewable,
    scopes: scopeText(account.scopes),
    expires_at: account.expiresAt?.toISOString() ?? null,
    connected_at: account.connectedAt.toISOString(),
  };
}

function expiredJson({ name, display_name, expires_at }: ConnectionJson): ExpiredJson {
  return { name, display_name, expires_at };
}

/** RFC 6749 section 3.3. */
export function scopeText(scopes: readonly string[]): string | null {
  return scopes.length === 0 ? null : scopes.join(' ');
}
