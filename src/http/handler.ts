/** The routes of the connections as one function, from a request to its answer. */
import type { Connections } from '../connections/connections';
import { noContent, withoutBody } from './answers';
import type { Call } from './call';
import { UserFailure, askUser } from './call';
import { disconnect, disconnectByForm } from './disconnect-routes';
import type { KnownRequest } from './failure';
import { answerFailure } from './failure';
import { beginByForm, beginByScript, comeBack, completeByApp } from './flow-routes';
import { HandlerError } from './handler-error';
import { readForm } from './form';
import type { ConnectionsHandler, HandlerOptions } from './options';
import { isFromAnotherSite, requireOwnOrigin } from './origin';
import { list, listExpired, publishClient, reload, showPage, showStatus } from './read-routes';
import type { Route, RouteName } from './routes';
import { findRoute } from './routes';
import { serviceOf } from './service';

const READ = { list, listExpired, showPage, showStatus };
/** Routes that change something: only for pages at allowed origins, and for apps with a bearer token. */
const SCRIPT = { beginByScript, disconnect };
/** The same with a form. */
const FORM = { beginByForm, completeByApp, disconnectByForm };

/** Routes that another site may lead to: the browser then leaves out a session cookie that is `SameSite=Strict`. */
const SHOWN_AFTER_ANOTHER_SITE: ReadonlySet<RouteName> = new Set(['showPage', 'comeBack']);

/** What a GET changes, a HEAD does not: a mail program may try each link with one. */
const CHANGES_BY_GET: ReadonlySet<RouteName> = new Set(['beginByScript', 'comeBack']);

/**
 * The routes of the connections, and their page: list, connect, come back, disconnect.
 *
 * It keeps to the web's own `Request` and `Response`; `toNodeHandler`, `toFastifyPlugin` and `toNextHandler` fit it to what has others.
 * @param connections whose `publicUrl`, `callbackOrigins` and `returnOrigins` say where browsers are
 * @param options `user` (required), `afterwards`, `basePath` (default `/connections`), `appLink`, `page`, `errorTexts`, `logger`
 * @returns a function that answers a request; undefined outside `basePath` and the callback path; rejects only with what `user` throws
 * @throws ConnectionsError `option_invalid`
 * @example
 * const handler = connectionsHandler(connections, { user: () => userId, afterwards: '/settings' });
 * server.on('request', toNodeHandler(handler));
 */
export function connectionsHandler<Context = unknown, Name extends string = string>(
  connections: Connections<Name>,
  options: HandlerOptions<Context>,
): ConnectionsHandler<Context> {
  const service = serviceOf(connections as unknown as Connections, options);
  const { basePath } = service;
  return async (request, context) => {
    const url = new URL(request.url);
    const { callbackPath } = service.connections.addresses;
    const route = findRoute(url.pathname, basePath, callbackPath, service.hasPage);
    if (route === undefined) return undefined;
    const { connectionName, isElsewhere } = route ?? { connectionName: null, isElsewhere: false };
    const call = { service, request, context, url, connectionName: connectionName ?? '', isElsewhere };
    const answer = await answerRoute(call, route);
    return request.method === 'HEAD' ? withoutBody(answer) : answer;
  };
}

async function answerRoute<Context>(call: Call<Context>, route: Route | null): Promise<Response> {
  const known: KnownRequest = { action: null, user: null, form: null };
  try {
    if (route === null) throw new HandlerError('not_found');
    const { methods } = route;
    const { method } = call.request;
    const allow = Object.keys(methods).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]));
    const headers = { allow: [...allow, 'OPTIONS'].join(', ') };
    if (method === 'OPTIONS') return noContent(headers);
    const asked = method === 'HEAD' ? 'GET' : method;
    const action = Object.hasOwn(methods, asked) ? methods[asked as keyof typeof methods] : undefined;
    if (action === undefined) throw new HandlerError('method_not_allowed', undefined, headers);
    if (method === 'HEAD' && CHANGES_BY_GET.has(action)) return noContent();
    known.action = action;
    return await act(call, action, known);
  } catch (error) {
    if (error instanceof UserFailure) throw error.error;
    return answerFailure(call, known, error);
  }
}

async function act<Context>(call: Call<Context>, action: RouteName, known: KnownRequest): Promise<Response> {
  const { request, service } = call;
  if (action === 'publishClient') return publishClient(call);
  const user = await askUser(call);
  known.user = user;
  if (SHOWN_AFTER_ANOTHER_SITE.has(action) && typeof user !== 'string' && isFromAnotherSite(request))
    return reload(call);
  if (action === 'comeBack') return comeBack(call, user);
  if (user === null) throw new HandlerError('unauthenticated');
  // The host may return one `Response` for all requests, and a body can be read only once.
  if (typeof user !== 'string') return user.clone();
  if (Object.hasOwn(READ, action)) return READ[action as keyof typeof READ](call, user);
  requireOwnOrigin(request, service.connections.addresses);
  if (Object.hasOwn(SCRIPT, action)) return SCRIPT[action as keyof typeof SCRIPT](call, user);
  known.form = await readForm(request);
  return FORM[action as keyof typeof FORM](call, user, known.form);
}
