/** Routes of a flow: it begins by script or by form, and the user comes back by browser or by app. */
import type { Authorization } from '../connections/flow/authorize';
import type { CompletedAuthorization } from '../connections/flow/complete';
import { isConnectionsError } from '../errors';
import { addressAfterwards } from './afterwards';
import { html, json, seeOther } from './answers';
import { bindingOf, withBinding } from './binding-cookie';
import type { AnyCall } from './call';
import { usableDefinition, displayNameOf } from './call';
import { scopeText } from './connection-json';
import { reportFailure } from './failure';
import { HandlerError } from './handler-error';
import type { AuthorizationJson, CompletionJson } from './json';
import { frontDoor, isOfApp, requireBinding } from './origin';
import type { RequestUser } from './options';
import { renderOutcome } from './page/outcome';

export async function beginByScript(call: AnyCall, userId: string): Promise<Response> {
  const { authorizationUrl, browserBinding } = await begin(call, userId, call.url.searchParams);
  const name = call.connectionName;
  const body: AuthorizationJson = {
    authorization_url: authorizationUrl,
    connection_name: name,
    message: `Open the address to connect ${await displayNameOf(call.service, name)}.`,
  };
  return addBinding(json(body), browserBinding);
}

export async function beginByForm(call: AnyCall, userId: string, form: URLSearchParams): Promise<Response> {
  const { authorizationUrl, browserBinding } = await begin(call, userId, form);
  return addBinding(seeOther(authorizationUrl), browserBinding);
}

async function begin(
  { request, service: { connections }, connectionName }: AnyCall,
  userId: string,
  fields: URLSearchParams,
): Promise<Authorization> {
  requireBinding(request);
  return connections.authorize(userId, connectionName, {
    account: fields.get('account') || undefined,
    returnTo: fields.get('return_to') || undefined,
    scopes: fields.get('scopes')?.split(' ').filter(Boolean),
    requestOrigin: frontDoor(request, connections.addresses),
    // The browser that an app opens has no cookie of ours: such a flow belongs to its user alone, and only the app's bearer completes it.
    ...(isOfApp(request) ? {} : { bindToBrowser: true, browserBinding: bindingOf(request) }),
  });
}

function addBinding(answer: Response, browserBinding: string | null): Response {
  return browserBinding === null ? answer : withBinding(answer, browserBinding);
}

/** @param user null, or an answer of the host's, where there is no session, as after another site where its cookie is `SameSite=Strict` */
export async function comeBack(call: AnyCall, user: RequestUser): Promise<Response> {
  const { service, request, url } = call;
  const userId = typeof user === 'string' ? user : undefined;
  const browserBinding = bindingOf(request);
  let completed: CompletedAuthorization;
  try {
    const callback = `${url.pathname}${url.search}`;
    const route = await routeOf(call);
    completed = await service.connections.complete(callback, { userId, browserBinding, ...route });
  } catch (error) {
    return answerNotConnected(call, error);
  }
  return answerConnected(call, completed);
}

function answerNotConnected(call: AnyCall, error: unknown): Response {
  if (!isConnectionsError(error)) throw error;
  const { code, returnTo, connectionName, account, boundTo } = error;
  if (returnTo !== undefined && connectionName !== undefined && account !== undefined) {
    const address = addressAfterwards(call, { connectionName, account, error: code }, returnTo);
    if (address === null) throw error;
    reportFailure(call, error);
    return seeOther(address);
  }
  const { appLink } = call.service;
  if (boundTo !== 'user' || appLink === undefined) throw error;
  return seeOther(linkToApp(appLink, call));
}

/**
 * The route says which connection a callback is of, unless nothing is declared under its name: then the path does, which has to be that
 * of a declared `redirect_uri`.
 */
async function routeOf({ service, connectionName }: AnyCall): Promise<{ readonly connectionName?: string }> {
  return (await usableDefinition(service.connections, connectionName)) === null ? {} : { connectionName };
}

async function answerConnected(call: AnyCall, completed: CompletedAuthorization): Promise<Response> {
  const { connectionName, account, returnTo } = completed;
  const address = addressAfterwards(call, { connectionName, account, error: null }, returnTo);
  if (address !== null) return seeOther(address);
  const connection = await displayNameOf(call.service, connectionName);
  const view = { kind: 'connected', connection, detail: null, again: null, back: null } as const;
  return html(renderOutcome(view, call.service.look));
}

/** The app sends what it is given to `complete`, with its bearer token: nothing is completed before it is known for whom. */
function linkToApp(appLink: string, { url, connectionName }: AnyCall): string {
  const link = new URL(appLink);
  for (const [name, value] of url.searchParams) link.searchParams.append(name, value);
  link.searchParams.set('connection_name', connectionName);
  return link.href;
}

export async function completeByApp(call: AnyCall, userId: string, form: URLSearchParams): Promise<Response> {
  const { service, request, url } = call;
  const parameters = new URLSearchParams(form);
  parameters.delete('connection_name');
  if (!parameters.get('state') || !(parameters.get('code') || parameters.get('error')))
    throw new HandlerError(
      'body_invalid',
      'The body needs `state`, and `code` or `error`, of the query of the callback.',
    );
  // Where the browser was before it handed its query on.
  const callback = `${url.pathname.replace(/complete$/, 'callback')}?${parameters.toString()}`;
  const completed = await service.connections.complete(callback, {
    userId,
    browserBinding: bindingOf(request),
    ...(await routeOf(call)),
  });
  const { connectionName } = completed;
  const name = await displayNameOf(service, connectionName);
  const body: CompletionJson = {
    message: `${name} is connected.`,
    connection_name: connectionName,
    account: completed.account,
    scopes: scopeText(completed.scopes),
    return_to: completed.returnTo,
  };
  return json(body);
}
