/** What people are told about an error. What only an operator can mend goes to the log, and is told in general terms. */
import type { AnswerCode } from './status';
import { statusOf } from './status';

/** The sentences for errors by code; `{connection}` stands for the connection's name to show, where it is known. */
export type ErrorTexts = Readonly<Partial<Record<AnswerCode, string>>>;

const ENGLISH: ErrorTexts = {
  not_found: 'There is nothing here.',
  method_not_allowed: 'This address cannot be used in this way.',
  unauthenticated: 'You are not signed in. Sign in, and come back.',
  request_refused: 'This request did not come from a page of this service, so nothing was done.',
  body_too_large: 'The request is too large.',
  body_unsupported: 'The request must be a form or JSON.',
  body_invalid: 'The request cannot be read.',
  internal_error: 'Something went wrong here. Try again later.',

  connection_unknown: 'There is no connection of this name.',
  connection_disabled: '{connection} is switched off.',
  connection_removed: '{connection} is no longer offered.',
  connection_rejected: '{connection} is not set up correctly here. Its operator has to mend that.',
  connection_not_oauth: '{connection} needs no account of yours.',
  connection_incomplete: '{connection} is not set up completely here. Its operator has to mend that.',
  connection_changed: 'The settings of {connection} changed while you were away. Try again.',

  option_invalid: 'The request has a value that cannot be used.',
  account_invalid: 'The name of the account cannot be used.',
  account_taken: 'There is an account of this name already.',
  return_to_refused: 'The address to return to is not one of this service.',

  state_unknown:
    'This sign-in has expired, was used before, or began in another browser. If {connection} is not connected, try again.',
  callback_invalid: 'The answer of {connection} is incomplete. Try again.',
  redirect_uri_mismatch:
    'The answer of {connection} came to the wrong address, so it was not used. Try again.',
  issuer_mismatch:
    'The answer came from another server than that of {connection}, so it was not used. Try again.',
  authorization_denied: 'You did not allow access to {connection}. Nothing was changed.',
  authorization_failed: '{connection} refused the sign-in. Try again.',
  tokens_invalid: '{connection} answered with something that cannot be used.',
  client_unregistered: '{connection} does not accept this service yet. Its operator has to mend that.',
  discovery_failed: '{connection} does not say how to sign in there. Try again later.',
  address_refused: '{connection} leads to an address that this service does not trust.',
  provider_unavailable: '{connection} does not answer at the moment. Try again later; nothing is lost.',
  provider_refused: '{connection} refuses this service. Its operator has to mend that; nothing is lost.',
  token_refused: '{connection} does not accept your sign-in any more. Connect it again.',
  not_connected: '{connection} is not connected.',
  reauthorization_required: '{connection} has to be connected again.',
  insufficient_scope: '{connection} needs more permissions. Connect it again.',
  database_busy: 'This service is busy. Try again in a moment.',
};

const IN_GENERAL = {
  request: 'The request cannot be answered.',
  operator: 'Something is not set up correctly here. Its operator has to mend that; nothing is lost.',
  later: 'This service does not work at the moment. Try again later; nothing is lost.',
};

/**
 * @param texts of the host, in place of ours
 * @param connection name to show; null where it is not known
 */
export function textOf(code: AnswerCode, texts: ErrorTexts, connection: string | null): string {
  const text = sentence(texts, code) ?? sentence(ENGLISH, code) ?? inGeneral(statusOf(code));
  return text.replaceAll('{connection}', () => connection ?? 'The provider');
}

/** A code may come from a query, and be the name of what every object has. */
function sentence(texts: ErrorTexts, code: AnswerCode): string | undefined {
  return Object.hasOwn(texts, code) ? texts[code] : undefined;
}

function inGeneral(status: number): string {
  if (status < 500) return IN_GENERAL.request;
  return status === 503 ? IN_GENERAL.later : IN_GENERAL.operator;
}
