/** An error as a problem (RFC 9457), for programs. */
import { isConnectionsError } from '../errors';
import { json } from './answers';
import type { ProblemJson } from './json';
import type { AnswerCode } from './status';
import { PHRASES, statusOf } from './status';

/** In seconds, where nothing says when it is worth another try. */
const RETRY_AFTER = 5;

/**
 * @param detail for people
 * @param connectionName empty for none
 * @param headers besides those of every answer
 */
export function problem(
  code: AnswerCode,
  detail: string,
  connectionName: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const status = statusOf(code);
  const body: ProblemJson = {
    type: 'about:blank',
    title: PHRASES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(connectionName === '' ? {} : { connection_name: connectionName }),
  };
  return json(body, status, { ...headers, 'content-type': 'application/problem+json' });
}

/** When it is worth another try, where the status says that it will be. */
export function retryHeaders(error: unknown, status: number): Readonly<Record<string, string>> {
  if (status !== 503) return {};
  const retryAt = isConnectionsError(error) ? error.retryAt : null;
  const seconds = retryAt ? Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1_000)) : RETRY_AFTER;
  return { 'retry-after': String(seconds) };
}
