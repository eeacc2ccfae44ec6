/**
 * The providers and the APIs of all connections, as a `fetch`: what is requested is answered here, without a socket and without a
 * timer, so that a test may hold the clock. Nothing else can be reached.
 */
import type { ConnectionRegistry } from '../../config/registry';
import { orAborted } from '../../connections/abort';
import { type ApiHandler, apiAnswer, bearerOf, noApi } from './api';
import { type Visit, visit } from './authorization';
import type { ProviderClients } from './clients';
import { Conditions } from './conditions';
import { type EndpointKind, endpointAt, endpointsOf, isApi } from './endpoints';
import type { OAuthConnection } from '../../config/definition';
import { type Lifetimes, Grants } from './grants';
import { registrationAnswer, resourceMetadata, serverMetadata } from './metadata';
import { Refusal } from './refusal';
import {
  type Parameters,
  issueTokens,
  json,
  objectIn,
  parametersOf,
  refusalAnswer,
  required,
  tokenAnswer,
} from './token-endpoint';

/** A request that the provider or the API of a connection was sent; nothing secret is in it. */
export interface ProviderRequest<Name extends string = string> {
  /** What was asked: tokens for a code, a `refresh`, the API, and so on; `nowhere` where nothing of a connection stands. */
  readonly what: 'code' | 'refresh' | Exclude<EndpointKind, 'token'> | 'api' | 'nowhere';
  /** Whose provider or API it is; `null` for `nowhere`. */
  readonly connectionName: Name | null;
  /** As in `POST`. */
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
  /** Of the answer; `null` where there is none yet, or was none. */
  readonly status: number | null;
}

/** One request, and what is known of it so far. */
interface Incoming {
  readonly request: Request;
  readonly entry: { -readonly [Field in keyof ProviderRequest]: ProviderRequest[Field] };
}

export class ProviderServer {
  readonly conditions = new Conditions();
  readonly grants: Grants;
  handler: ApiHandler = noApi;

  private readonly entries: Incoming['entry'][] = [];

  constructor(
    private readonly registry: () => ConnectionRegistry,
    private readonly clients: ProviderClients,
    private readonly lifetimes: Lifetimes,
    /** Where the test answers requests without a token, too. */
    private readonly trustedOrigins: Readonly<Record<string, readonly string[]>>,
  ) {
    this.grants = new Grants(lifetimes);
  }

  readonly fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const request = new Request(address, init);
    const { origin, pathname } = new URL(request.url);
    const { method } = request;
    const incoming: Incoming = {
      request,
      entry: { what: 'nowhere', connectionName: null, method, url: `${origin}${pathname}`, status: null },
    };
    this.entries.push(incoming.entry);
    const answer = await this.answer(incoming, init.signal ?? undefined);
    incoming.entry.status = answer.status;
    return answer;
  };

  /** In the order in which they arrived. */
  get requests(): readonly ProviderRequest[] {
    return this.entries.map((entry) => ({ ...entry }));
  }

  async visit(authorizationUrl: string): Promise<Visit> {
    const { clients, grants, conditions } = this;
    return visit(authorizationUrl, { connections: await this.connections(), clients, grants, conditions });
  }

  /** Also those that are disabled, whose tokens can be revoked. */
  async connections(): Promise<OAuthConnection[]> {
    const registry = this.registry();
    const names = await registry.names();
    const served = names.filter(({ status }) => status === 'usable' || status === 'disabled');
    const all = await Promise.all(served.map(({ name }) => registry.get(name, { allowDisabled: true })));
    return all.filter((one): one is OAuthConnection => one.oauth !== null);
  }

  private async answer(incoming: Incoming, signal: AbortSignal | undefined): Promise<Response> {
    const { request } = incoming;
    signal?.throwIfAborted();
    const connections = await this.connections();
    const here = connections.filter((connection) => endpointAt(request.url, connection) !== undefined);
    const [first] = here;
    if (!first) return this.apiAnswer(incoming, connections);
    const kind = endpointAt(request.url, first) as EndpointKind;
    const isForm = kind === 'token' || kind === 'revocation';
    try {
      const takesJson = here.some(({ oauth }) => oauth.options.token_request_format === 'json');
      const parameters = isForm ? await parametersOf(request, takesJson) : {};
      const connection = this.connectionOf(parameters, here) ?? first;
      incoming.entry.connectionName = connection.name;
      incoming.entry.what = kind === 'token' ? kindOfToken(parameters) : kind;
      for (const pause of this.conditions.pauses.at(connection.name)) await orAborted(pause, signal);
      const [outage] = this.conditions.outages.at(connection.name);
      if (outage) {
        const { retryAfterMs } = outage;
        const wait = retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
        return json(503, { error: 'temporarily_unavailable' }, wait);
      }
      return isForm
        ? await this.formAnswer(request, parameters, connection, here)
        : await this.discoveryAnswer(request, kind, connection);
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error, first.oauth.options);
      throw error;
    }
  }

  /** Connections may share the endpoints of one provider. */
  private connectionOf(
    parameters: Parameters,
    here: readonly OAuthConnection[],
  ): OAuthConnection | undefined {
    const { code, refresh_token: refreshToken, token } = parameters;
    const name = this.grants.connectionOf(code ?? refreshToken ?? token ?? '');
    return here.find((connection) => connection.name === name);
  }

  private async formAnswer(
    { url, headers }: Request,
    parameters: Parameters,
    connection: OAuthConnection,
    here: readonly OAuthConnection[],
  ): Promise<Response> {
    const { client_id: id = null, client_secret: secret = null } = parameters;
    const header = headers.get('authorization');
    const client = await this.clients.authenticate(here, { header, id, secret });
    if (endpointAt(url, connection) === 'token') {
      const { options } = connection.oauth;
      const issued = issueTokens(parameters, client, this.grants, options);
      return tokenAnswer(issued, this.lifetimes, options);
    }
    this.grants.revoke(required(parameters, 'token'), client.id);
    return new Response(null, { status: 200 });
  }

  private async discoveryAnswer(
    request: Request,
    kind: EndpointKind,
    connection: OAuthConnection,
  ): Promise<Response> {
    const endpoints = endpointsOf(connection);
    const { discovery } = endpoints;
    if (!discovery) return json(404, {});
    if (kind === 'server metadata') return serverMetadata(endpoints, discovery);
    if (kind === 'resource metadata') return resourceMetadata(discovery);
    return registrationAnswer(this.clients.register(connection.name, await objectIn(request)));
  }

  private async apiAnswer(incoming: Incoming, connections: readonly OAuthConnection[]): Promise<Response> {
    const { request } = incoming;
    const url = new URL(request.url);
    const here = connections.filter((connection) => isApi(url, connection));
    // `fetchFor` sends tokens to further origins if it is told so.
    const name = this.grants.connectionOf(bearerOf(request) ?? '');
    const isOf = (one: string) => here.length === 0 || here.some((connection) => connection.name === one);
    const connection = connections.find((one) => one.name === name && isOf(one.name)) ?? here[0];
    const [trusting] = this.trustedOrigins[url.origin] ?? [];
    if (!connection && trusting !== undefined) {
      Object.assign(incoming.entry, { what: 'api', connectionName: trusting });
      return this.handler(request, { connectionName: trusting, userId: null, account: null, scopes: [] });
    }
    if (!connection) throw unreachable(url);
    Object.assign(incoming.entry, { what: 'api', connectionName: connection.name });
    const metadata = endpointsOf(connection).discovery?.resourcePlaces[0];
    return apiAnswer(request, this.grants, this.handler, metadata, isOf);
  }
}

function kindOfToken({ grant_type: grantType }: Parameters): 'code' | 'refresh' {
  return grantType === 'refresh_token' ? 'refresh' : 'code';
}

/** As `fetch` rejects. */
function unreachable({ origin }: URL): TypeError {
  const cause = new Error(`This test has no network, and no declared connection has anything at ${origin}.`);
  return new TypeError('fetch failed', { cause });
}
