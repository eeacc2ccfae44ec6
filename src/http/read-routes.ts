/** Routes that change nothing: connections in JSON, the page, and the document of the client. */
import { html, json } from './answers';
import { pagePath, shownName } from './afterwards';
import { bindingOf, withBinding } from './binding-cookie';
import type { AnyCall } from './call';
import { connectionJson, connectionsJson } from './connection-json';
import { HandlerError } from './handler-error';
import type { CheckExpiredJson, ConnectionJson } from './json';
import { isOfApp } from './origin';
import { renderReload } from './page/reload';
import { renderPage } from './page/render';
import type { Notice } from './page/view';
import type { AnswerCode } from './status';
import { textOf } from './texts';

export async function list({ service, request }: AnyCall, userId: string): Promise<Response> {
  const listed = await service.connections.list(userId);
  return boundToBrowser(request, json(connectionsJson(listed)));
}

export async function listExpired({ service }: AnyCall, userId: string): Promise<Response> {
  const { expired } = connectionsJson(await service.connections.list(userId));
  const body: CheckExpiredJson = { has_expired: expired.length > 0, expired_connections: expired };
  return json(body);
}

export async function showStatus({ service, connectionName }: AnyCall, userId: string): Promise<Response> {
  const { connections } = service;
  const { name } = await connections.registry.get(connectionName);
  const connection = (await connections.list(userId)).find((listed) => listed.name === name);
  if (!connection) throw new HandlerError('not_found');
  return json(connectionJson(connection));
}

/** The same address once more, by a page of the service: the browser then sends cookies that are `SameSite=Strict`, too. */
export function reload({ url }: AnyCall): Response {
  const { pathname, search } = url;
  return html(renderReload(`./${pathname.slice(pathname.lastIndexOf('/') + 1)}${search}`));
}

export async function showPage(call: AnyCall, userId: string): Promise<Response> {
  const { service, request } = call;
  const listed = await service.connections.list(userId);
  const { connections } = connectionsJson(listed);
  const view = {
    connections,
    notice: noticeOf(call, connections),
    overHttp: service.isOverHttp,
    returnTo: pagePath(call),
  };
  // So that browsers without `Sec-Fetch-Site` say which page a form is of.
  const headers = { 'referrer-policy': 'same-origin' };
  return boundToBrowser(request, html(renderPage(view, service.look), 200, headers));
}

export async function publishClient({ service, connectionName }: AnyCall): Promise<Response> {
  const document = await service.connections.clientMetadata(connectionName);
  if (document === undefined) throw new HandlerError('not_found');
  return json(document, 200, { 'cache-control': 'public, max-age=300' });
}

/** One binding before the first flow, so that flows which begin in two tabs at once share it. */
function boundToBrowser(request: Request, answer: Response): Response {
  return isOfApp(request) || bindingOf(request) !== undefined ? answer : withBinding(answer);
}

/** What the callback has put into the query, as far as the list bears it out. */
function noticeOf({ service, url }: AnyCall, connections: readonly ConnectionJson[]): Notice | null {
  const [success, failure, gone] = ['connection_success', 'connection_error', 'disconnected'].map((name) =>
    url.searchParams.get(name),
  );
  const shown = failure ?? success ?? gone;
  const alike = connections.filter(({ name }) => shownName(name) === shown);
  const connection = alike.length > 1 ? undefined : alike[0];
  if (connection === undefined) return null;
  const { name: connectionName, display_name, valid, connected } = connection;
  if (failure) {
    const code = (url.searchParams.get('error') ?? '') as AnswerCode;
    return { kind: 'failed', connectionName, text: textOf(code, service.texts, display_name) };
  }
  if (success) return valid && connected ? { kind: 'connected', connectionName } : null;
  return connected ? null : { kind: 'disconnected', connectionName };
}
