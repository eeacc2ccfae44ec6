/** The routes of the connections as one function, from a request to its answer. */
import type { Connections } from '../connections/connections';
import { noContent, withoutBody } from './answers';
import type { Call } from './call';
import { UserFailure, askUser } from './call';
import { disconnect, disconnectByForm } from './disconnect-routes';
import { answerFailure } from './failure';
import { beginByForm, beginByScript, comeBack, completeByApp } from './flow-routes';
import { HandlerError } from './handler-error';
import type { ConnectionsHandler, HandlerOptions, RequestUser } from './options';
import { requireOwnOrigin } from './origin';
import { list, listExpired, publishClient, reload, showPage, showStatus } from './read-routes';
import type { Route, RouteName } from './routes';
import { findRoute } from './routes';
import { serviceOf } from './service';

const READ = { list, listExpired, showPage, showStatus };
/** What only the service's own pages may ask for. */
const CHANGE = { beginByScript, beginByForm, completeByApp, disconnect, disconnectByForm };

/** What a GET changes, a HEAD does not: a mail program may try each link with one. */
const CHANGES_BY_GET: ReadonlySet<RouteName> = new Set(['beginByScript', 'comeBack']);

/**
 * The routes of the connections, and their page: list, connect, come back, disconnect.
 *
 * It keeps to the web's own `Request` and `Response`; `toNodeHandler`, `toFastifyPlugin` and `toNextHandler` fit it to what has others.
 * @param connections whose `publicUrl`, `callbackOrigins` and `returnOrigins` say where browsers are
 * @param options `user` (required), `afterwards`, `basePath` (default `/connections`), `appLink`, `page`, `errorTexts`, `logger`
 * @returns a function that answers a request, or returns undefined outside `basePath`; it rejects only with what `user` throws
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
    const route = findRoute(url.pathname, basePath, callbackPath, service.page !== null);
    if (route === undefined) return undefined;
    const { connectionName, isElsewhere } = route ?? { connectionName: null, isElsewhere: false };
    const call = { service, request, context, url, connectionName: connectionName ?? '', isElsewhere };
    const answer = await answered(call, route);
    return request.method === 'HEAD' ? withoutBody(answer) : answer;
  };
}

async function answered<Context>(call: Call<Context>, route: Route | null): Promise<Response> {
  let name = '';
  let user: RequestUser = null;
  try {
    if (route === null) throw new HandlerError('not_found');
    const { methods } = route;
    const { method } = call.request;
    const allow = Object.keys(methods).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]));
    const headers = { allow: [...allow, 'OPTIONS'].join(', ') };
    if (method === 'OPTIONS') return noContent(headers);
    const action = methods[(method === 'HEAD' ? 'GET' : method) as keyof typeof methods];
    if (action === undefined) throw new HandlerError('method_not_allowed', undefined, headers);
    if (method === 'HEAD' && CHANGES_BY_GET.has(action)) return noContent();
    name = action;
    if (action !== 'publishClient') user = await askUser(call);
    return await act(call, action, user);
  } catch (error) {
    if (error instanceof UserFailure) throw error.error;
    return answerFailure(call, name, error, typeof user === 'string');
  }
}

async function act<Context>(call: Call<Context>, action: RouteName, user: RequestUser): Promise<Response> {
  if (action === 'publishClient') return publishClient(call);
  if (action === 'comeBack') return comeBack(call, user);
  const { headers } = call.request;
  if (action === 'showPage' && typeof user !== 'string' && headers.get('sec-fetch-site') === 'cross-site')
    return reload(call);
  if (user === null) throw new HandlerError('unauthenticated');
  if (typeof user !== 'string') return user;
  if (Object.hasOwn(READ, action)) return READ[action as keyof typeof READ](call, user);
  requireOwnOrigin(call.request, call.service.connections.addresses);
  return CHANGE[action as keyof typeof CHANGE](call, user);
}
