/** What goes wrong, as an answer: a problem (RFC 9457) for programs, a page for people, and the log for operators. */
import type { ConnectionsError } from '../errors';
import { describeError, isConnectionsError, quote } from '../errors';
import { addressAfterwards } from './afterwards';
import { html } from './answers';
import type { AnyCall } from './call';
import { displayNameOf } from './call';
import { HandlerError } from './handler-error';
import { renderOutcome } from './page/outcome';
import type { OutcomeView } from './page/view';
import { problem, retryHeaders } from './problem';
import type { AnswerCode } from './status';
import { statusOf } from './status';
import { textOf } from './texts';

/** Other titles than that something went wrong. */
const KINDS: Partial<Record<AnswerCode, OutcomeView['kind']>> = {
  state_unknown: 'linkInvalid',
  unauthenticated: 'signedOut',
};

/** @param hasUser whether the request itself says who sends it */
export async function answerFailure(
  call: AnyCall,
  route: string,
  error: unknown,
  hasUser: boolean,
): Promise<Response> {
  const code = codeOf(error);
  const status = statusOf(code);
  const name = (isConnectionsError(error) ? error.connectionName : undefined) ?? call.connectionName;
  const displayName = name === '' ? null : await displayNameOf(call.service, name).catch(() => null);
  const text = textOf(code, call.service.texts, displayName);
  const detail = (error instanceof HandlerError ? error.detail : undefined) ?? text;
  const headers = headersOf(error, status);
  reportFailure(call, error);
  if (!/\btext\/html\b/.test(call.request.headers.get('accept') ?? ''))
    return problem(code, detail, name, headers);
  const back = addressAfterwards(call, null, null);
  // A host whose pages are at another origin may have its sessions there: then the form would lead to nobody.
  const isSignedIn = hasUser || !/^https?:/i.test(back ?? '');
  const canBeginAgain = isSignedIn && displayName !== null && isWorthAnotherTry(route, code);
  const view = {
    kind: KINDS[code] ?? 'failed',
    connection: displayName,
    detail,
    again: canBeginAgain ? again(call, name, error) : null,
    back,
    overHttp: call.service.isOverHttp,
  } as const;
  return html(renderOutcome(view, call.service.look), status, headers);
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
  if (statusOf(error.code) >= 500)
    service.log(statusOf(error.code) === 500 ? 'error' : 'warn', `${error.code}: ${error.message}`);
}

/** Mistakes of those who set up a service; what a user or an attacker does wrong has most often no flow any more. */
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

const IS_OF_FLOW: ReadonlySet<string> = new Set(['comeBack', 'beginByForm']);
const IS_IN_VAIN: ReadonlySet<AnswerCode> = new Set([
  'unauthenticated',
  'request_refused',
  'return_to_refused',
  'account_invalid',
]);

function isWorthAnotherTry(route: string, code: AnswerCode): boolean {
  return IS_OF_FLOW.has(route) && !IS_IN_VAIN.has(code);
}

function again({ service, isElsewhere }: AnyCall, connectionName: string, error: unknown) {
  const { account, returnTo }: Partial<ConnectionsError> = isConnectionsError(error) ? error : {};
  const to = `${encodeURIComponent(connectionName)}/connect`;
  return {
    action: isElsewhere ? `${service.basePath}/${to}` : `../${to}`,
    fields: { ...(account && { account }), ...(returnTo && { return_to: returnTo }) },
  };
}
