/** Finds the provider of a connection: as it is declared, or discovered from the address of the MCP server. */
import { type DeclaredConnection, type OAuthConnection, isDeclared } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import type { Challenge } from '../../oauth/challenge';
import type { Discovered } from '../../oauth/discovery';
import type { ServerMetadata } from '../../oauth/server-metadata';
import { compareFingerprints } from '../../tokens/fingerprint';
import type { ServedToken } from '../../tokens/token-row';
import type { IssuedUnder } from '../../tokens/token-seal';
import type { RegistrationRows } from '../registrations/registrations';
import { type Client, type ClientSettings, authMethodOf, Clients, withSecret } from './clients';
import { type DiscoverySettings, Discoveries } from './discoveries';
import { declaredUnder, issuedTo } from './oauth-connection';
import {
  type DeclaredProvider,
  type DiscoveredProvider,
  type FlowProvider,
  type Provider,
  incomplete,
} from './provider';
import { type ScopeRequest, consentTo, flowScopes } from './scopes';
import {
  type KnownServer,
  checkEndpoints,
  checkFlow,
  isIssuerOfAnother,
  serversBesides,
} from './server-checks';
import { exchangeFor, withDeadline } from './trust';

export interface ProviderSettings extends DiscoverySettings, ClientSettings {}

/** What a flow begins with. */
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
    private readonly settings: ProviderSettings,
    private readonly registrations: RegistrationRows,
  ) {
    this.clients = new Clients(settings, registrations);
    this.discoveries = new Discoveries(settings);
  }

  /** When the requests of a call that begins now have to be over, by `performance.now()`. */
  deadline(): number {
    return performance.now() + DEADLINE_REQUESTS * this.settings.exchange.timeoutMs;
  }

  /**
   * For a flow that begins; registers a client where there is none for it.
   * @param registry knows the other connections, whose endpoints this one must not name
   * @throws ConnectionsError `connection_incomplete`, and what discovery and a registration throw
   */
  async forFlow(
    definition: OAuthConnection,
    registry: ConnectionRegistry,
    request: FlowRequest,
  ): Promise<FlowProvider> {
    const { clientId, authorizeUrl, options } = definition.oauth;
    if (isDeclared(definition)) {
      const under = declaredUnder(definition);
      const fingerprints = async () => [under.configFingerprint];
      const scopes = await flowScopes(definition, null, request, fingerprints);
      return flowProvider(definition, clientId, authorizeUrl, { under, options, scopes });
    }
    const deadline = this.deadline();
    const { challenge: given, begunAt: freshSince, redirectUri, newClient } = request;
    const flow = { freshSince, given, issued: null, deadline };
    const discovered = await this.discoveries.discover(definition, flow);
    const { server, resource } = discovered;
    checkFlow(definition, server);
    checkEndpoints(server, await this.serversBesides(definition, registry));
    this.servers.set(definition.name, server);
    const scopes = await flowScopes(definition, discovered, request, () =>
      this.clients.fingerprints(definition, server),
    );
    const how = { exchangeWith: this.exchangeWith(definition, deadline), deadline, newClient };
    const client = await this.clients.forFlow(definition, server, { redirectUri, scopes }, how);
    return flowProvider(definition, client.id, authorizeUrl ?? server.authorizeUrl, {
      under: underServer(client, definition, server),
      options: { resource, ...options, ...consentTo(scopes, options) },
      scopes,
    });
  }

  /**
   * For tokens that are there, or a flow that ends: with the client that they are for.
   * @param tokens what they were issued under, by which server; a generation of 0 for those that another program left
   * @param how `deadline` of the requests to the provider, undefined where each has a time of its own; `freshSince`: what was
   * asked for earlier is asked for again, default undefined; `isSealed` whether the issuer was decrypted along with a secret,
   * default false
   */
  async forTokens(
    definition: OAuthConnection,
    tokens: Pick<ServedToken, 'issuer' | 'configFingerprint' | 'generation'>,
    how: {
      readonly deadline?: number | undefined;
      readonly freshSince?: number | undefined;
      readonly isSealed?: boolean;
    } = {},
  ): Promise<Provider> {
    const { deadline, freshSince, isSealed = false } = how;
    if (isDeclared(definition)) return this.declaredProvider(definition, deadline);
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
    const provider = this.discoveredProvider(definition, discovered, client, deadline);
    const { under, forgetClient } = provider;
    if (forgetClient === null || under.configFingerprint === tokens.configFingerprint) return provider;
    // It is not known which client imported and adopted tokens are for, so a refusal of theirs does not prove a client forgotten.
    return { ...provider, forgetClient: () => forgetClient(false) };
  }

  /** A registration vouches for an issuer: it is encrypted, so an attacker who can write the tables but has no key cannot forge it. */
  private async hasRegistration({ name }: OAuthConnection, issuer: string | null): Promise<boolean> {
    if (issuer === null) return false;
    for await (const one of this.registrations.clientsOf(name, issuer)) {
      if (one.status === 'fulfilled') return true;
    }
    return false;
  }

  /** @param issuer that a callback of the connection names, whose own issuer is not known */
  async isIssuerOfAnother(
    issuer: string,
    definition: OAuthConnection,
    registry: ConnectionRegistry,
  ): Promise<boolean> {
    return isIssuerOfAnother(issuer, definition, await this.serversBesides(definition, registry));
  }

  private async serversBesides(
    definition: OAuthConnection,
    registry: ConnectionRegistry,
  ): Promise<KnownServer[]> {
    return serversBesides(definition, await registry.list(), this.servers);
  }

  private declaredProvider(definition: DeclaredConnection, deadline: number | undefined): DeclaredProvider {
    const { name, oauth } = definition;
    const { tokenUrl, scopes, options } = oauth;
    return {
      isDiscovered: false,
      name,
      under: declaredUnder(definition),
      tokenUrl,
      revokeUrl: options.revoke_url ?? null,
      options,
      scopes,
      requestMs: this.settings.exchange.timeoutMs,
      exchangeWith: () => withDeadline(this.settings.exchange, deadline),
      client: () => withSecret(name, this.clients.declaredClient(definition)),
    };
  }

  private discoveredProvider(
    definition: OAuthConnection,
    { server, resource }: Discovered,
    client: Client,
    deadline: number | undefined,
  ): DiscoveredProvider {
    const { name, oauth } = definition;
    const { scopes, options } = oauth;
    const authMethod = options.token_endpoint_auth_method ?? authMethodOf(client, server);
    return {
      isDiscovered: true,
      name,
      under: underServer(client, definition, server),
      tokenUrl: server.tokenUrl,
      revokeUrl: options.revoke_url ?? server.revokeUrl,
      options: { resource, ...options, token_endpoint_auth_method: authMethod },
      // What the MCP server asks for now says nothing of tokens that are there.
      scopes,
      requestMs: this.settings.exchange.timeoutMs,
      exchangeWith: this.exchangeWith(definition, deadline),
      client: () => withSecret(name, client),
      namesIssuer: server.namesIssuer,
      isResourceDiscovered: options.resource === undefined,
      forgetClient: this.clients.forgetterOf(client),
    };
  }

  private exchangeWith(definition: OAuthConnection, deadline: number | undefined) {
    return (url: string) => withDeadline(exchangeFor(url, definition, this.settings), deadline);
  }
}

function underServer(client: Client, definition: OAuthConnection, server: ServerMetadata): IssuedUnder {
  return { issuer: server.issuer, configFingerprint: issuedTo(client.id, definition, server) };
}

/** @throws ConnectionsError `connection_incomplete` */
function flowProvider(
  { name }: OAuthConnection,
  clientId: string | null,
  authorizeUrl: string | null,
  others: Omit<FlowProvider, 'clientId' | 'authorizeUrl'>,
): FlowProvider {
  if (clientId === null) throw incomplete(name, 'client_id');
  if (authorizeUrl === null) throw incomplete(name, 'authorize_url');
  return { clientId, authorizeUrl, ...others };
}
