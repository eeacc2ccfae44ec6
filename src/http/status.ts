/** The status of each error (RFC 9110 section 15), by its code. */
import type { ConnectionsErrorCode } from '../error-codes';
import type { HandlerErrorCode } from './handler-error';

export type AnswerCode = ConnectionsErrorCode | HandlerErrorCode;

/** Of the service: its operator has to mend something. */
const OPERATOR = 500;
/** The service works again by itself. */
const LATER = 503;

const STATUS: Readonly<Record<AnswerCode, number>> = {
  not_found: 404,
  method_not_allowed: 405,
  unauthenticated: 401,
  request_refused: 403,
  body_too_large: 413,
  body_unsupported: 415,
  body_invalid: 400,
  internal_error: 500,

  connection_unknown: 404,
  connection_disabled: 404,
  connection_removed: 404,
  connection_rejected: OPERATOR,
  connection_not_oauth: 400,
  connection_incomplete: 400,
  connection_changed: 409,
  config_unreadable: OPERATOR,
  secret_unresolved: OPERATOR,

  option_invalid: 400,
  account_invalid: 400,
  account_taken: 409,
  tokens_invalid: 502,
  repository_mismatch: OPERATOR,
  source_invalid: OPERATOR,
  time_zone_unknown: OPERATOR,

  redirect_uri_unknown: OPERATOR,
  return_to_refused: 400,
  client_unregistered: 502,
  discovery_failed: 502,
  address_refused: 502,
  state_unknown: 400,
  callback_invalid: 422,
  redirect_uri_mismatch: 400,
  issuer_mismatch: 400,
  authorization_denied: 403,
  authorization_failed: 502,

  not_connected: 409,
  reauthorization_required: 409,
  insufficient_scope: 403,
  token_refused: 502,
  body_not_replayable: OPERATOR,
  provider_unavailable: LATER,
  provider_refused: 502,
  token_not_saved: LATER,
  connections_closed: LATER,

  key_invalid: OPERATOR,
  key_unknown: OPERATOR,
  ciphertext_invalid: OPERATOR,

  driver_unusable: OPERATOR,
  engine_unsupported: OPERATOR,
  data_source_not_initialized: LATER,
  store_not_initialized: LATER,
  entities_not_registered: OPERATOR,
  tables_missing: OPERATOR,
  schema_outdated: OPERATOR,
  schema_newer: OPERATOR,
  tables_foreign: OPERATOR,
  migrations_pending: OPERATOR,
  migration_failed: OPERATOR,
  sync_incomplete: OPERATOR,
  create_all_failed: OPERATOR,
  create_all_not_a_method: OPERATOR,
  create_all_outside_initialize: OPERATOR,
  create_all_reentered: OPERATOR,

  database_busy: LATER,
  transaction_rolled_back: LATER,
  database_failed: OPERATOR,
  sync_contended: LATER,
};

export function isAnswerCode(text: string): text is AnswerCode {
  return Object.hasOwn(STATUS, text);
}

/** @param code of a newer copy of this package, or of a query, perhaps, which this one does not know */
export function statusOf(code: AnswerCode): number {
  return isAnswerCode(code) ? STATUS[code] : OPERATOR;
}

/** Titles of problems (RFC 9457 section 4.2.1: with `about:blank`, the phrase of the status). */
export const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
