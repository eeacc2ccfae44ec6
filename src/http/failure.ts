/** What goes wrong, as an answer: a problem (RFC 9457) for programs, a page for people, and the log for operators. */
import { allowedReturnTo } from '../connections/flow/destinations';
import { describeError, isConnectionsError, quote } from '../errors';
import { addressAfterwards } from './afterwards';
import { html } from './answers';
import type { AnyCall } from './call';
import { usableDefinition } from './call';
import { HandlerError } from './handler-error';
import type { RequestUser } from './options';
import { renderOutcome } from './page/outcome';
import type { OutcomeView } from './page/view';
import { problem, retryHeaders } from './problem';
import type { RouteName } from './routes';
import type { AnswerCode } from './status';
import { statusOf } from './status';
import { textOf } from './texts';

/** Errors whose page has a title of its own; all others are `failed`. */
const KINDS: Partial<Record<AnswerCode, OutcomeView['kind']>> = {
  state_unknown: 'linkInvalid',
  unauthenticated: 'signedOut',
};

/** What is known of a request, as far as it went well. */
export interface KnownRequest {
  action: RouteName | null;
  user: RequestUser;
  form: URLSearchParams | null;
}

export async function answerFailure(call: AnyCall, known: KnownRequest, error: unknown): Promise<Response> {
  const { service, request } = call;
  const code = codeOf(error);
  const status = statusOf(code);
  const ofError = isConnectionsError(error) ? error.connectionName : undefined;
  const name = ofError ?? call.connectionName;
  const definition = name === '' ? null : await usableDefinition(service.connections, name).catch(() => null);
  // A name that only the address has may be anything.
  const text = textOf(code, service.texts, definition?.displayName ?? ofError ?? null);
  const headers = headersOf(error, status);
  reportFailure(call, error);
  if (!/\btext\/html\b/.test(request.headers.get('accept') ?? '')) {
    const detail = (error instanceof HandlerError ? error.detail : undefined) ?? text;
    return problem(code, detail, name, headers);
  }
  const back = addressAfterwards(call, null, returnToIn(known.form, call));
  // A host whose pages are at another origin may have its sessions there: then the form would come without a user.
  const isSignedIn = typeof known.user === 'string' || !/^https?:/i.test(back ?? '');
  const canBeginAgain = isSignedIn && definition !== null && isWorthAnotherTry(known.action, code);
  const view = {
    kind: KINDS[code] ?? 'failed',
    connection: isOfFlow(known.action) ? (definition?.displayName ?? null) : null,
    detail: text,
    again: canBeginAgain ? retryForm(call, name, known.form, error) : null,
    back,
    overHttp: service.isOverHttp,
  } as const;
  return html(renderOutcome(view, service.look), status, headers);
}

/** Logs what its user is told only in general terms. */
export function reportFailure({ service, request, connectionName }: AnyCall, error: unknown): void {
  if (error instanceof HandlerError) return;
  if (!isConnectionsError(error)) {
    // A client that has gone in the middle of its body.
    if (request.signal.aborted) return;
    service.log('error', `A route of connection ${quote(connectionName)} failed: ${describeError(error)}`);
    return;
  }
  if (error.boundTo !== undefined) service.log('warn', lostFlow(error.boundTo, connectionName, service));
  const status = statusOf(error.code);
  if (status >= 500) service.log(status === 500 ? 'error' : 'warn', `${error.code}: ${error.message}`);
}

/** The warning for a likely mistake in the setup: callbacks with a user's or an attacker's mistake mostly have no flow any more. */
function lostFlow(
  boundTo: 'user' | 'browser',
  connectionName: string,
  { appLink, connections }: AnyCall['service'],
): string {
  const callback = `A callback of connection ${quote(connectionName)} came`;
  if (boundTo === 'user') {
    const remedy =
      appLink === undefined ? ' If an app began it, set the option `appLink` of the handler.' : '';
    return `${callback} without the user with whom its flow began.${remedy}`;
  }
  const { publicUrl } = connections.addresses;
  return (
    `${callback} without the cookie of the browser in which its flow began. If it happens every time: \`authorize\` has to be asked with ` +
    "`credentials: 'include'`, and the address in the browser has to be https, or http://localhost, and that of `publicUrl`" +
    `${publicUrl === null ? '' : ` (${publicUrl})`}.`
  );
}

function codeOf(error: unknown): AnswerCode {
  return error instanceof HandlerError || isConnectionsError(error) ? error.code : 'internal_error';
}

function headersOf(error: unknown, status: number): Readonly<Record<string, string>> {
  if (error instanceof HandlerError) return error.headers;
  return retryHeaders(error, status);
}

function isOfFlow(action: RouteName | null): boolean {
  return action === 'comeBack' || action === 'beginByForm';
}

const IS_IN_VAIN: ReadonlySet<AnswerCode> = new Set([
  'unauthenticated',
  'request_refused',
  'return_to_refused',
  'account_invalid',
]);

function isWorthAnotherTry(action: RouteName | null, code: AnswerCode): boolean {
  return isOfFlow(action) && !IS_IN_VAIN.has(code);
}

/** A form with what the failed request had. */
function retryForm(
  { service, isElsewhere }: AnyCall,
  name: string,
  form: URLSearchParams | null,
  error: unknown,
) {
  const account = isConnectionsError(error) ? error.account : undefined;
  const repeatedFields = [...(form ?? [])].filter(([field]) => BEGINNING.has(field));
  const to = `${encodeURIComponent(name)}/connect`;
  return {
    action: isElsewhere ? `${service.basePath}/${to}` : `../${to}`,
    fields: { ...(account && { account }), ...Object.fromEntries(repeatedFields) },
  };
}

/** Fields of a form that begins a flow. */
const BEGINNING: ReadonlySet<string> = new Set(['account', 'return_to', 'scopes']);

function returnToIn(form: URLSearchParams | null, { service }: AnyCall): string | null {
  const wanted = form?.get('return_to');
  return wanted ? allowedReturnTo(wanted, service.connections.addresses.returnOrigins) : null;
}
