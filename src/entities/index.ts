/** The entities a host registers: `entities: [...connectionEntities]`. */
import { ConnectionClientRegistration } from './connection-client-registration';
import { ConnectionConfig } from './connection-config';
import { ConnectionOAuthState } from './connection-oauth-state';
import { UserConnectionToken } from './user-connection-token';

export { ConnectionClientRegistration, ConnectionConfig, ConnectionOAuthState, UserConnectionToken };

export const connectionEntities = [
  ConnectionConfig,
  UserConnectionToken,
  ConnectionOAuthState,
  ConnectionClientRegistration,
] as const;
