/** What goes wrong, as an answer: a problem (RFC 9457) for programs, a page for people, and the log for operators. */
import type { ConnectionsError } from '../errors';
import { describeError, isConnectionsError, quote } from '../errors';
import { addressAfterwards } from './afterwards';
import { html, json } from './answers';
import type { AnyCall } from './call';
import { displayNameOf } from './call';
import { HandlerError } from './handler-error';
import type { ProblemJson } from './json';
import { renderOutcome } from './page/outcome';
import type { AnswerCode } from './status';
import { PHRASES, statusOf } from './status';
import { textOf } from './texts';

/** In seconds, where nothing says when it is worth another try. */
const RETRY_AFTER = 5;

export async function answerFailure(call: AnyCall, route: string, error: unknown): Promise<Response> {
  const code = codeOf(error);
  const status = statusOf(code);
  const name = (isConnectionsError(error) ? error.connectionName : undefined) ?? call.connectionName;
  const displayName = name === '' ? null : await displayNameOf(call.service, name).catch(() => null);
  const text = textOf(code, call.service.texts, displayName);
  const detail = (error instanceof HandlerError ? error.detail : undefined) ?? text;
  const headers = headersOf(error, status);
  reportFailure(call, error);
  if (!/\btext\/html\b/.test(call.request.headers.get('accept') ?? '')) {
    const body: ProblemJson = {
      type: 'about:blank',
      title: PHRASES[status] ?? 'Error',
      status,
      detail,
      code,
      ...(name === '' ? {} : { connection_name: name }),
    };
    return json(body, status, { ...headers, 'content-type': 'application/problem+json' });
  }
  const view = {
    kind: code === 'state_unknown' ? 'linkInvalid' : 'failed',
    connection: displayName,
    detail,
    again: isWorthAnotherTry(route, code) && displayName !== null ? again(call, name, error) : null,
    back: addressAfterwards(call, null, null),
    overHttp: call.service.isOverHttp,
  } as const;
  return html(renderOutcome(view, call.service.look), status, headers);
}

/** Logs what its user is told only in general terms. */
export function reportFailure({ service, connectionName }: AnyCall, error: unknown): void {
  if (error instanceof HandlerError) return;
  if (!isConnectionsError(error)) {
    service.log('error', `A route of connection ${quote(connectionName)} failed: ${describeError(error)}`);
    return;
  }
  if (statusOf(error.code) >= 500)
    service.log(statusOf(error.code) === 500 ? 'error' : 'warn', `${error.code}: ${error.message}`);
}

function codeOf(error: unknown): AnswerCode {
  return error instanceof HandlerError || isConnectionsError(error) ? error.code : 'internal_error';
}

function headersOf(error: unknown, status: number): Readonly<Record<string, string>> {
  if (error instanceof HandlerError) return error.headers;
  if (status !== 503) return {};
  const retryAt = isConnectionsError(error) ? error.retryAt : null;
  const seconds = retryAt ? Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1_000)) : RETRY_AFTER;
  return { 'retry-after': String(seconds) };
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
