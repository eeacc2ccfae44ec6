/** Finds the provider of a connection: as it is declared, or discovered from the address of the MCP server. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { Challenge } from '../oauth/challenge';
import type { Discovered } from '../oauth/discovery';
import type { ServerMetadata } from '../oauth/server-metadata';
import { compareFingerprints } from '../tokens/fingerprint';
import type { ServedToken } from '../tokens/token-row';
import type { Client, ClientOptions } from './clients';
import { withSecret } from './client-secret';
import { Clients, authMethodOf } from './clients';
import type { KnownServer } from './known-servers';
import type { DiscoveriesAccess } from './discoveries';
import { Discoveries } from './discoveries';
import { checkFlow } from './discovery-checks';
import { checkEndpoints, isIssuerOfAnother, serversBesides } from './known-servers';
import type { Provider } from './provider';
import { declaredUnder, isDiscovered, issuedTo, oauthOf } from './provider';
import type { RegistrationRows } from './registration-rows';
import type { ScopeRequest } from './requested-scopes';
import { OFFLINE_ACCESS, flowScopes } from './requested-scopes';
import { exchangeFor, within } from './trust';

export interface ProviderAccess extends DiscoveriesAccess, ClientOptions {}

/** What a flow that begins asks for. */
export interface FlowRequest extends ScopeRequest {
  readonly redirectUri: string;
  /** Whether another client is registered although there is one. */
  readonly newClient: boolean;
  /** That the host was sent just now; null when there is none. */
  readonly challenge: Challenge | null;
  /** By `performance.now()`. */
  readonly begunAt: number;
}

/** As many time-outs of one request as all requests of a call may take together. */
const DEADLINE_REQUESTS = 3;

export class Providers {
  /** The latest authorization server of each connection that was discovered, by its name. */
  private readonly servers = new Map<string, ServerMetadata>();
  private readonly clients: Clients;
  private readonly discoveries: Discoveries;

  constructor(
    private readonly access: ProviderAccess,
    private readonly registrations: RegistrationRows,
  ) {
    this.clients = new Clients(access, registrations);
    this.discoveries = new Discoveries(access);
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
    const { challenge: given, begunAt: freshSince } = request;
    const flow = { freshSince, given, issued: null, deadline };
    const discovered = await this.discoveries.discover(definition, flow);
    const { server } = discovered;
    checkFlow(definition, server);
    checkEndpoints(server, await this.serversBesides(definition, registry));
    this.servers.set(definition.name, server);
    const exchangeWith = this.exchangeWith(definition, deadline);
    const scopes = await flowScopes(definition, discovered, request, () =>
      this.clients.fingerprints(definition, server),
    );
    const use = { redirectUri: request.redirectUri, scopes };
    const how = { exchangeWith, deadline, newClient: request.newClient };
    const client = await this.clients.forFlow(definition, server, use, how);
    return this.provider(definition, discovered, client, deadline, scopes);
  }

  /**
   * For tokens that are there, or a flow that ends: with the client that they are for.
   * @param tokens what they were issued under, by which server; a generation of 0 for those that another program left
   * @param how `deadline` of the requests to the provider, undefined where each has a time of its own; `freshSince`: what was
   * asked for earlier is asked for again, default undefined; `isSealed` whether the issuer was decrypted along with a secret,
   * default false
   */
  async forTokens(
    definition: ConnectionDefinition,
    tokens: Pick<ServedToken, 'issuer' | 'configFingerprint' | 'generation'>,
    how: {
      readonly deadline?: number | undefined;
      readonly freshSince?: number | undefined;
      readonly isSealed?: boolean;
    } = {},
  ): Promise<Provider> {
    const { deadline, freshSince, isSealed = false } = how;
    if (!isDiscovered(oauthOf(definition))) return this.declared(definition, deadline);
    const discovered = await this.discoveries.discover(definition, {
      freshSince,
      given: null,
      issued: {
        issuer: tokens.issuer,
        isVouched: async () => isSealed || this.hasRegistration(definition, tokens.issuer),
      },
      deadline: deadline ?? this.deadline(),
    });
    const { server } = discovered;
    const hasGot = ({ id }: Client) => {
      const under = issuedTo(id, definition, server);
      return compareFingerprints(tokens.configFingerprint, under, tokens.generation) === 'same';
    };
    const client = await this.clients.forTokens(definition, server, hasGot);
    // What the MCP server asks for now says nothing of tokens that are there.
    const provider = this.provider(definition, discovered, client, deadline, oauthOf(definition).scopes);
    const { forgetClient } = provider;
    // Of imported and adopted tokens it is not known which client they are for: what is said of them is not certain.
    const isCertainly = provider.under.configFingerprint === tokens.configFingerprint;
    return isCertainly
      ? provider
      : { ...provider, forgetClient: forgetClient && (() => forgetClient(false)) };
  }

  /** Who can write the tables, and has no key, cannot write a client that is registered at an issuer. */
  private async hasRegistration({ name }: ConnectionDefinition, issuer: string | null): Promise<boolean> {
    if (issuer === null) return false;
    for await (const one of this.registrations.clientsOf(name, issuer)) {
      if (one.status === 'fulfilled') return true;
    }
    return false;
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
    scopes: readonly string[],
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
}
