/** Finds the provider of a connection: as it is declared, or discovered from the address of the MCP server. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { Challenge } from '../oauth/challenge';
import type { Discovered } from '../oauth/discovery';
import { discover } from '../oauth/discovery';
import type { Documents } from '../oauth/documents';
import type { ExchangeOptions } from '../oauth/exchange';
import type { DiscoveryStep } from '../oauth/search';
import type { ServerMetadata } from '../oauth/server-metadata';
import { compareFingerprints } from '../tokens/fingerprint';
import type { ServedToken } from '../tokens/token-row';
import type { Client, ClientOptions } from './clients';
import { withSecret } from './client-secret';
import { Clients, authMethodOf } from './clients';
import type { KnownServer } from './known-servers';
import { checkFlow, withoutIssuer } from './discovery-checks';
import { checkEndpoints, isIssuerOfAnother, serversBesides } from './known-servers';
import type { Provider } from './provider';
import { declaredUnder, isDiscovered, issuedTo, oauthOf } from './provider';
import type { RegistrationRows } from './registration-rows';
import type { ScopeRequest } from './requested-scopes';
import { OFFLINE_ACCESS, discoveredScopes, flowScopes } from './requested-scopes';
import type { TrustOptions } from './trust';
import { exchangeFor, trustedFor } from './trust';

export interface ProviderAccess extends TrustOptions, ClientOptions {
  readonly documents: Documents;
  readonly observe: (step: DiscoveryStep & { readonly connectionName: string }) => void;
}

/** What a flow that begins asks for. */
export interface FlowRequest extends ScopeRequest {
  readonly redirectUri: string;
  /** Whether another client is registered although there is one. */
  readonly newClient: boolean;
  /** That the host was sent just now; null when there is none. */
  readonly challenge: Challenge | null;
}

/** As many time-outs of one request as all requests of a call may take together. */
const DEADLINE_REQUESTS = 3;

export class Providers {
  /** The latest challenge of each MCP server, by its URL. */
  private readonly challenges = new Map<string, Challenge | null>();
  /** The latest authorization server of each connection that was discovered, by its name. */
  private readonly servers = new Map<string, ServerMetadata>();
  private readonly clients: Clients;

  constructor(
    private readonly access: ProviderAccess,
    registrations: RegistrationRows,
  ) {
    this.clients = new Clients(access, registrations);
  }

  /** When the requests of a call that begins now have to be over, by `performance.now()`. */
  deadline(): number {
    return performance.now() + DEADLINE_REQUESTS * this.access.exchange.timeoutMs;
  }

  /**
   * For a flow that begins; registers a client where there is none for it.
   * @param registry knows the other connections, whose endpoints this one must not name
   * @returns with all scopes to ask for
   */
  async forFlow(
    definition: ConnectionDefinition,
    registry: ConnectionRegistry,
    request: FlowRequest,
  ): Promise<Provider> {
    const deadline = this.deadline();
    if (!isDiscovered(oauthOf(definition))) {
      const provider = this.declared(definition, deadline);
      const fingerprints = async () => [provider.under.configFingerprint];
      return { ...provider, scopes: await flowScopes(definition, null, request, fingerprints) };
    }
    const given = request.challenge;
    const discovered = await this.discovered(definition, { isFresh: true, given, deadline });
    const { server } = discovered;
    checkFlow(definition, server);
    checkEndpoints(server, await this.serversBesides(definition, registry));
    this.servers.set(definition.name, server);
    const exchangeWith = this.exchangeWith(definition, deadline);
    const scopes = await flowScopes(definition, discovered, request, () =>
      this.clients.fingerprints(definition, server),
    );
    const flow = { redirectUri: request.redirectUri, scopes };
    const how = { exchangeWith, deadline, newClient: request.newClient };
    const client = await this.clients.forFlow(definition, server, flow, how);
    return this.provider(definition, discovered, client, deadline, scopes);
  }

  /**
   * For tokens that are there, or a flow that ends: with the client that they are for.
   * @param tokens what they were issued under; a generation of 0 for those that another program left
   * @param how `deadline` of the requests to the provider, undefined where each has a time of its own; `isFresh` whether the
   * MCP server is asked again who its authorization server is, default false
   */
  async forTokens(
    definition: ConnectionDefinition,
    tokens: Pick<ServedToken, 'configFingerprint' | 'generation'>,
    how: { readonly deadline?: number | undefined; readonly isFresh?: boolean | undefined } = {},
  ): Promise<Provider> {
    const { deadline, isFresh = false } = how;
    if (!isDiscovered(oauthOf(definition))) return this.declared(definition, deadline);
    const discovered = await this.discovered(definition, {
      isFresh,
      given: null,
      deadline: deadline ?? this.deadline(),
    });
    const { server } = discovered;
    const hasGot = ({ id }: Client) => {
      const under = issuedTo(id, definition, server);
      return compareFingerprints(tokens.configFingerprint, under, tokens.generation) === 'same';
    };
    const client = await this.clients.forTokens(definition, server, hasGot);
    return this.provider(definition, discovered, client, deadline);
  }

  /** @param issuer that a callback of the connection names, whose own issuer is not known */
  async isIssuerOfAnother(
    issuer: string,
    definition: ConnectionDefinition,
    registry: ConnectionRegistry,
  ): Promise<boolean> {
    return isIssuerOfAnother(issuer, definition, await this.serversBesides(definition, registry));
  }

  private async serversBesides(
    definition: ConnectionDefinition,
    registry: ConnectionRegistry,
  ): Promise<KnownServer[]> {
    return serversBesides(definition, await registry.list(), this.servers);
  }

  private declared(definition: ConnectionDefinition, deadline: number | undefined): Provider {
    const { name } = definition;
    const { clientId, authorizeUrl, tokenUrl, scopes, options } = oauthOf(definition);
    return {
      name,
      under: declaredUnder(definition),
      clientId,
      authorizeUrl,
      tokenUrl,
      revokeUrl: options.revoke_url ?? null,
      options,
      isResourceDiscovered: false,
      scopes,
      // What the declaration says is who it is, not whether it says so in each callback.
      namesIssuer: false,
      requestMs: this.access.exchange.timeoutMs,
      exchangeWith: () => within(this.access.exchange, deadline),
      client: () => withSecret(name, this.clients.declared(definition)),
    };
  }

  private provider(
    definition: ConnectionDefinition,
    discovered: Discovered,
    client: Client,
    deadline: number | undefined,
    scopes: readonly string[] = discoveredScopes(definition, discovered),
  ): Provider {
    const { server, resource } = discovered;
    const oauth = oauthOf(definition);
    const { issuer, tokenUrl } = server;
    const { name } = definition;
    // OpenID Connect Core section 11: without it a server ignores that scope, and gives no refresh token.
    const consent = scopes.includes(OFFLINE_ACCESS)
      ? { authorize_params: { prompt: 'consent', ...oauth.options.authorize_params } }
      : {};
    const authMethod = oauth.options.token_endpoint_auth_method ?? authMethodOf(client, server);
    return {
      name,
      under: {
        issuer,
        configFingerprint: issuedTo(client.id, definition, server),
      },
      clientId: client.id,
      authorizeUrl: oauth.authorizeUrl ?? server.authorizeUrl,
      tokenUrl,
      revokeUrl: oauth.options.revoke_url ?? server.revokeUrl,
      options: { resource, ...oauth.options, ...consent, token_endpoint_auth_method: authMethod },
      isResourceDiscovered: oauth.options.resource === undefined,
      scopes,
      namesIssuer: server.namesIssuer,
      requestMs: this.access.exchange.timeoutMs,
      exchangeWith: this.exchangeWith(definition, deadline),
      client: () => withSecret(name, client),
      forgetClient: this.clients.forgetting(client),
    };
  }

  private exchangeWith(definition: ConnectionDefinition, deadline: number | undefined) {
    return (url: string) => within(exchangeFor(url, definition, this.access), deadline);
  }

  private async discovered(
    definition: ConnectionDefinition,
    how: { readonly isFresh: boolean; readonly given: Challenge | null; readonly deadline: number },
  ): Promise<Discovered> {
    const { options, clientSecret, authorizeUrl } = oauthOf(definition);
    const { name, url } = definition;
    const { documents, exchange, guarded } = this.access;
    const { isFresh, given, deadline } = how;
    const { issuer = null } = options;
    const discovered = await discover(
      url,
      { issuer, authorizeUrl, given, known: this.challenges.get(url) },
      {
        documents,
        isFresh,
        connectionName: name,
        exchange: within(exchange, deadline),
        guarded: within(guarded, deadline),
        trusted: trustedFor(definition, this.access),
        observe: (step) => this.access.observe({ ...step, connectionName: name }),
      },
    );
    this.challenges.set(url, discovered.challenge);
    // A secret is for one server: an MCP server that changes its metadata must not get the secret of another.
    if (clientSecret !== null && issuer === null) throw withoutIssuer(name, discovered.server.issuer);
    return discovered;
  }
}

function within(exchange: ExchangeOptions, deadline: number | undefined): ExchangeOptions {
  return deadline === undefined ? exchange : { ...exchange, deadline };
}
