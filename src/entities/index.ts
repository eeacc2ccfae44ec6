/** The entities that a host registers with its DataSource. */
import { ConnectionClientRegistration } from './connection-client-registration';
import { ConnectionConfig } from './connection-config';
import { ConnectionOAuthState } from './connection-oauth-state';
import { UserConnectionToken } from './user-connection-token';

export { ConnectionClientRegistration, ConnectionConfig, ConnectionOAuthState, UserConnectionToken };

/**
 * The four entities, for the `entities` of a host's DataSource. Only our migrations create and change their tables;
 * `synchronize` leaves them alone.
 * @example
 * const dataSource = new DataSource({ ...databaseOptions, entities: [User, ...connectionEntities] });
 */
export const connectionEntities = [
  ConnectionConfig,
  UserConnectionToken,
  ConnectionOAuthState,
  ConnectionClientRegistration,
] as const;
