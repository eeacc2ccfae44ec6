/** Connections as the routes say them in JSON, with what a test changes. */
import type { AccountJson, ConnectionJson } from '../../src/http/json';

export function accountJson(changes: Partial<AccountJson> = {}): AccountJson {
  return {
    account: 'default',
    status: 'connected',
    reason: null,
    since: null,
    retry_at: null,
    has_refresh_token: true,
    scopes: 'read write',
    expires_at: '2026-11-26T15:30:00.000Z',
    connected_at: '2026-03-02T09:14:00.000Z',
    ...changes,
  };
}

/** What is said of the account that is best off is that of the first one given. */
export function connectionJson(changes: Partial<ConnectionJson> = {}): ConnectionJson {
  const [best] = changes.accounts ?? [];
  return {
    name: 'github',
    display_name: 'GitHub',
    description: null,
    icon_url: null,
    connected: best !== undefined,
    valid: true,
    has_refresh_token: best?.has_refresh_token ?? false,
    requires_authorization: best === undefined,
    auth_type: 'oauth2',
    scopes: best?.scopes ?? null,
    expires_at: best?.expires_at ?? null,
    is_user_defined: false,
    user_server_id: null,
    status: best?.status ?? 'not_connected',
    accounts: [],
    ...changes,
  };
}
