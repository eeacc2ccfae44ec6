/** Dynamic client registration (RFC 7591). */
import { ConnectionsError, quote } from '../errors';
import { isLoopback } from '../url';
import type { ClientDescription, ClientNeed, ClientUse } from './client-metadata';
import { clientMetadata } from './client-metadata';
import type { ExchangeOptions } from './exchange';
import { exchange, isOutage, timeLeft } from './exchange';
import type { RegisteredClient, RegistrationRefusal } from './registration-answer';
import { isAboutUse, readRefusal, readRegistration } from './registration-answer';
import { noMethod, noTimeLeft, notRegistered } from './registration-error';
import type { ServerMetadata } from './server-metadata';

/** A client to register. */
export interface ClientRequest {
  readonly client: ClientDescription;
  readonly redirectUri: string;
  readonly need: ClientNeed;
}

/**
 * Registers a client. A server that refuses the first metadata is asked once more, with other metadata that will do.
 * @param url registration endpoint (RFC 7591 section 3)
 * @param server whose endpoint it is
 * @throws ConnectionsError `client_unregistered`, or `provider_unavailable` when the server does not answer
 */
export async function registerClient(
  url: string,
  server: Pick<ServerMetadata, 'authMethods'>,
  request: ClientRequest,
  how: ExchangeOptions,
): Promise<RegisteredClient> {
  const { need, redirectUri } = request;
  const [authMethod] = need.authMethods;
  if (authMethod === undefined) throw noMethod(url, server.authMethods ?? []);
  const first: ClientUse = { authMethod, grantTypes: need.grantTypes, scopes: need.scopes };
  const answer = await ask(url, server, request, first, how);
  if (!('status' in answer)) return answer;
  const second = otherUse(need, first, answer);
  if (!second) throw notRegistered(url, answer, [first], redirectUri);
  const secondAnswer = await ask(url, server, request, second, how);
  if (!('status' in secondAnswer)) return secondAnswer;
  throw notRegistered(url, secondAnswer, [first, second], redirectUri);
}

/** @throws ConnectionsError `client_unregistered` for an answer that cannot be used, or `provider_unavailable` */
async function ask(
  url: string,
  server: Pick<ServerMetadata, 'authMethods'>,
  { client, redirectUri }: ClientRequest,
  use: ClientUse,
  how: ExchangeOptions,
): Promise<RegisteredClient | RegistrationRefusal> {
  if (timeLeft(how) === 0) throw noTimeLeft(new URL(url).origin);
  const body = JSON.stringify({
    ...clientMetadata(client, [redirectUri], use),
    // OpenID Connect Dynamic Client Registration 1.0 section 2.
    application_type: isLocal(redirectUri) ? 'native' : 'web',
  });
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const answer = await exchange(url, { method: 'POST', headers, body }, how);
  if (answer === null || isOutage(answer.status)) {
    throw new ConnectionsError(
      'provider_unavailable',
      `The authorization server ${quote(new URL(url).origin, 200)} did not answer a client registration. Try again later.`,
    );
  }
  const { status } = answer;
  if (status < 200 || status >= 300) return readRefusal(status, answer.body);
  const registered = readRegistration(answer.body, use, server.authMethods);
  if (typeof registered === 'string') throw notRegistered(url, registered, [use], redirectUri);
  return registered;
}

/** What to ask for after a refusal; undefined where nothing else will do. */
function otherUse(
  { authMethods }: ClientNeed,
  first: ClientUse,
  refusal: RegistrationRefusal,
): ClientUse | undefined {
  if (!isAboutUse(refusal)) return undefined;
  const authMethod = authMethods[1];
  const withoutScope = first.scopes?.length ? { ...first, scopes: null } : undefined;
  if (authMethod === undefined || refusal.isAboutScope) return withoutScope;
  return { ...first, authMethod };
}

function isLocal(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return !/^https?:$/.test(protocol) || isLoopback(hostname);
}
