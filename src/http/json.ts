/** The JSON of the routes. The first fields of a connection are those of the original service, whose front end works with them. */
import type { ReauthorizationReason } from '../error-codes';
import type { ConnectionStatus } from '../connections/accounts/user-connections';
import type { AnswerCode } from './status';

/** One account of the user, in JSON. */
export interface AccountJson {
  /** `default` unless the host named it. */
  readonly account: string;
  /** What the account can be used for now. */
  readonly status: Exclude<ConnectionStatus, 'not_connected'>;
  /** Why the user has to connect again; null for every other status. */
  readonly reason: ReauthorizationReason | null;
  /** Of `provider_unavailable`: since when no refresh has succeeded, ISO-8601 UTC; null otherwise. */
  readonly since: string | null;
  /** Of `provider_unavailable`: when the provider is asked again, ISO-8601 UTC; null otherwise, and where it may be asked now. */
  readonly retry_at: string | null;
  /** Whether the access token can be refreshed without the user. */
  readonly has_refresh_token: boolean;
  /** As granted, separated by spaces; null when that is not known. */
  readonly scopes: string | null;
  /** When the access token expires, ISO-8601 UTC; null when it does not. */
  readonly expires_at: string | null;
  /** When the user first connected, ISO-8601 UTC. */
  readonly connected_at: string;
}

/** A declared connection as the user of the request sees it; what is not a list is of the account that is best off. */
export interface ConnectionJson {
  /** Key of the entry in the document. */
  readonly name: string;
  /** Name to show. */
  readonly display_name: string;
  /** Text to show; null when it is declared to be empty. */
  readonly description: string | null;
  /** An http or https URL; null when none is declared. */
  readonly icon_url: string | null;
  /** Whether the user has an account there, usable or not. */
  readonly connected: boolean;
  /** Whether it can be used without the user; true also when it is not connected. */
  readonly valid: boolean;
  /** Whether the access token can be refreshed without the user. */
  readonly has_refresh_token: boolean;
  /** Whether the user has no account there. */
  readonly requires_authorization: boolean;
  /** `oauth2`. */
  readonly auth_type: 'oauth2';
  /** As granted, separated by spaces; null when that is not known. */
  readonly scopes: string | null;
  /** When the access token expires, ISO-8601 UTC; null when it does not. */
  readonly expires_at: string | null;
  /** False: each connection here is declared by the service. */
  readonly is_user_defined: false;
  /** Null, as there are none of users. */
  readonly user_server_id: null;
  /** What the connection can be used for now. */
  readonly status: ConnectionStatus;
  /** In the order of their names. */
  readonly accounts: readonly AccountJson[];
}

/** A connection that its user has to connect again. */
export interface ExpiredJson {
  /** Key of the entry in the document. */
  readonly name: string;
  /** Name to show. */
  readonly display_name: string;
  /** When the access token expires or has expired, ISO-8601 UTC; null when it does not. */
  readonly expires_at: string | null;
}

/** Answer of `GET /connections`. */
export interface ConnectionsJson {
  /** In the order of names. */
  readonly connections: readonly ConnectionJson[];
  /** Those that are connected and not valid. */
  readonly expired: readonly ExpiredJson[];
}

/** Answer of `GET /connections/check-expired`. */
export interface CheckExpiredJson {
  /** Whether there are any. */
  readonly has_expired: boolean;
  /** Those that are connected and not valid. */
  readonly expired_connections: readonly ExpiredJson[];
}

/** Answer of `GET /connections/{name}/authorize`. */
export interface AuthorizationJson {
  /** Where to send the user. */
  readonly authorization_url: string;
  /** The connection. */
  readonly connection_name: string;
  /** For people. */
  readonly message: string;
}

/** Answer of `DELETE /connections/{name}`. */
export interface DisconnectionJson {
  /** For people. */
  readonly message: string;
  /** The connection. */
  readonly connection_name: string;
  /** False when there was nothing to delete. */
  readonly disconnected: boolean;
}

/** Answer of `POST /connections/{name}/complete`. */
export interface CompletionJson {
  /** For people. */
  readonly message: string;
  /** The connection. */
  readonly connection_name: string;
  /** Which of the user's accounts. */
  readonly account: string;
  /** As granted, separated by spaces; null when that is not known. */
  readonly scopes: string | null;
  /** The `return_to` of the flow; null when it had none. */
  readonly return_to: string | null;
}

/** An error (RFC 9457), as `application/problem+json`. */
export interface ProblemJson {
  /** `about:blank`: `code` says which problem it is. */
  readonly type: 'about:blank';
  /** The phrase of the status, such as `Not Found`. */
  readonly title: string;
  /** The status of the answer. */
  readonly status: number;
  /** What happened and what the user can do, for people. */
  readonly detail: string;
  /** For programs: a code of `ConnectionsError`, or of the handler itself. */
  readonly code: AnswerCode;
  /** The connection concerned, where one is. */
  readonly connection_name?: string;
}
