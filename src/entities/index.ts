/** The entities a host registers: `entities: [...connectionEntities]`. */
import { ConnectionClientRegistration } from './connection-client-registration';
import { ConnectionConfig } from './connection-config';
import { ConnectionOAuthState } from './connection-oauth-state';
import { UserConnectionToken } from './user-connection-token';

export { ConnectionClientRegistration, ConnectionConfig, ConnectionOAuthState, UserConnectionToken };

/**
 * The four entities, for the `entities` of a host's DataSource; only our migrations make their tables, `synchronize`
 * never does.
 */
export const connectionEntities = [
  ConnectionConfig,
  UserConnectionToken,
  ConnectionOAuthState,
  ConnectionClientRegistration,
] as const;
