/**
 * Finds the provider of a connection: as it is declared, or discovered from the address of the MCP server, with the client
 * that is declared, published (OAuth Client ID Metadata Document) or registered (RFC 7591), in that order.
 */
import type { ConnectionDefinition, OAuthOptions } from '../config/definition';
import type { SecretReference, SecretResolver } from '../config/secrets';
import { resolveSecret } from '../config/secrets';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/client-authentication';
import type { Challenge } from '../oauth/challenge';
import type { Discovered, DiscoveryAccess, DiscoveryStep } from '../oauth/discovery';
import { discover } from '../oauth/discovery';
import type { Documents } from '../oauth/documents';
import type { ExchangeOptions } from '../oauth/exchange';
import type { ClientDescription } from '../oauth/registration';
import { registerClient } from '../oauth/registration';
import { compareFingerprints, configFingerprint } from '../tokens/fingerprint';
import type { Provider } from './provider';
import { declaredUnder, incomplete, isDiscovered, oauthOf, placeOf, tokenUrls } from './provider';
import type { Registration, RegistrationRows } from './registration-rows';

export interface ProviderAccess extends Omit<DiscoveryAccess, 'observe' | 'connectionName'> {
  readonly documents: Documents;
  readonly resolveSecret: SecretResolver | undefined;
  readonly client: ClientDescription;
  /** Address of the client's own metadata document; undefined where the host publishes none. */
  readonly clientMetadataUrl: string | undefined;
  readonly observe: (step: DiscoveryStep & { readonly connectionName: string }) => void;
}

interface Client {
  readonly id: string | null;
  readonly authMethod: string | null;
  readonly secret: () => Promise<string | null>;
  readonly registration: Registration | null;
}

export class Providers {
  /** The latest challenge of each MCP server, by its URL. */
  private readonly challenges = new Map<string, Challenge | null>();

  constructor(
    private readonly access: ProviderAccess,
    private readonly registrations: RegistrationRows,
  ) {}

  /** For a flow that begins; registers a client where there is none. */
  async forFlow(definition: ConnectionDefinition, redirectUri: string): Promise<Provider> {
    if (!isDiscovered(oauthOf(definition))) return this.declared(definition);
    const discovered = await this.discovered(definition, true);
    const [published] = this.ownClients(definition, discovered);
    return this.provider(
      definition,
      discovered,
      published ?? (await this.registered(definition, discovered, redirectUri)),
    );
  }

  /**
   * For tokens that are there, or a flow that ends: with the client that they are for.
   * @param fingerprint of what they were issued under
   */
  async forTokens(definition: ConnectionDefinition, fingerprint: string | null): Promise<Provider> {
    if (!isDiscovered(oauthOf(definition))) return this.declared(definition);
    const discovered = await this.discovered(definition, false);
    const own = this.ownClients(definition, discovered);
    const registered = await this.registrations.clientsOf(discovered.server.issuer);
    const candidates = [...own, ...registered.map(registeredClient)].map((client) =>
      this.provider(definition, discovered, client),
    );
    const matches = ({ under }: Provider) =>
      compareFingerprints(fingerprint, under.configFingerprint) === 'same';
    return candidates.find(matches) ?? candidates[0] ?? this.provider(definition, discovered, NO_CLIENT);
  }

  private declared(definition: ConnectionDefinition): Provider {
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
      scopes,
      namesIssuer: options.issuer !== undefined,
      exchange: this.access.exchange,
      client: () => this.clientOf(name, clientId, this.declaredSecret(definition)),
    };
  }

  private provider(
    definition: ConnectionDefinition,
    { server, resource, scopes }: Discovered,
    client: Client,
  ): Provider {
    const oauth = oauthOf(definition);
    const { issuer, tokenUrl } = server;
    const { registration } = client;
    const { name } = definition;
    const asked =
      scopes.includes('offline_access') || !server.scopes.includes('offline_access')
        ? []
        : ['offline_access'];
    const wanted = oauth.scopes.length > 0 || scopes.length === 0 ? oauth.scopes : [...scopes, ...asked];
    // OpenID Connect Core section 11: without it a server ignores that scope, and gives no refresh token.
    const consent = wanted.includes('offline_access')
      ? { authorize_params: { prompt: 'consent', ...oauth.options.authorize_params } }
      : {};
    const authMethod =
      oauth.options.token_endpoint_auth_method ?? authMethodOf(client.authMethod, server.authMethods);
    return {
      name,
      under: {
        issuer,
        configFingerprint: configFingerprint(placeOf(definition), {
          clientId: client.id,
          tokenUrl: tokenUrls(tokenUrl, oauth.options),
          issuer,
          scopes: oauth.scopes,
        }),
      },
      clientId: client.id,
      authorizeUrl: oauth.authorizeUrl ?? server.authorizeUrl,
      tokenUrl,
      revokeUrl: oauth.options.revoke_url ?? server.revokeUrl,
      options: { resource, ...oauth.options, ...consent, token_endpoint_auth_method: authMethod },
      scopes: wanted,
      namesIssuer: server.namesIssuer,
      exchange: this.exchangeWith(tokenUrl, definition),
      client: () => this.clientOf(name, client.id, client.secret),
      forgetClient: registration === null ? undefined : () => this.registrations.forget(registration),
    };
  }

  /** @param isFresh whether the MCP server itself is asked again, as the scopes that it wants may have changed */
  private async discovered(definition: ConnectionDefinition, isFresh: boolean): Promise<Discovered> {
    const { options, clientSecret } = oauthOf(definition);
    const { name, url } = definition;
    const observe = (step: DiscoveryStep) => this.access.observe({ ...step, connectionName: name });
    const known = isFresh ? undefined : this.challenges.get(url);
    const access = { ...this.access, connectionName: name, observe };
    const discovered = await discover(url, options.issuer ?? null, access, known);
    this.challenges.set(url, discovered.challenge);
    const { server } = discovered;
    if (!server.supportsS256 && options.pkce !== 'off') throw withoutPkce(name, server.issuer);
    // A secret is for one server: an MCP server that changes its metadata must not get the secret of another.
    if (clientSecret !== null && options.issuer === undefined) throw withoutIssuer(name, server.issuer);
    return discovered;
  }

  /** Clients that need no registration: the declared one, or the published one. */
  private ownClients(definition: ConnectionDefinition, { server }: Discovered): Client[] {
    const { clientId } = oauthOf(definition);
    const none = { authMethod: null, registration: null };
    if (clientId !== null) return [{ ...none, id: clientId, secret: this.declaredSecret(definition) }];
    const { clientMetadataUrl } = this.access;
    if (clientMetadataUrl === undefined || !server.takesClientMetadata) return [];
    return [{ ...none, id: clientMetadataUrl, authMethod: 'none', secret: async () => null }];
  }

  private async registered(
    definition: ConnectionDefinition,
    { server }: Discovered,
    redirectUri: string,
  ): Promise<Client> {
    const { issuer, registrationUrl } = server;
    if (registrationUrl === null) {
      throw new ConnectionsError(
        'client_unregistered',
        `The authorization server ${quote(issuer, 200)} does not register clients. Register one there by hand with the ` +
          `redirect URI ${quote(redirectUri, 200)}, then declare its \`client_id\`; if it has a secret, declare \`issuer\` too.`,
      );
    }
    const how = this.exchangeWith(registrationUrl, definition);
    const registration = await this.registrations.client(issuer, redirectUri, () =>
      registerClient(registrationUrl, this.access.client, redirectUri, how),
    );
    return registeredClient(registration);
  }

  /** Trusted origins, and the origin of the declared URL, need no guard. */
  private exchangeWith(address: string, definition: ConnectionDefinition): ExchangeOptions {
    const { exchange, guarded, trusted } = this.access;
    const { origin } = new URL(address);
    return trusted.has(origin) || origin === new URL(definition.url).origin ? exchange : guarded;
  }

  private declaredSecret(definition: ConnectionDefinition): () => Promise<string | null> {
    const { clientSecret } = oauthOf(definition);
    return async () => clientSecret && secretOf(definition.name, clientSecret, this.access.resolveSecret);
  }

  /** @throws ConnectionsError `secret_unresolved`, or `connection_incomplete` without a client */
  private async clientOf(
    name: string,
    id: string | null,
    secret: () => Promise<string | null>,
  ): Promise<OAuthClient> {
    if (id === null) throw incomplete(name, 'client_id');
    return { id, secret: await secret() };
  }
}

/** @throws ConnectionsError `secret_unresolved`, which names the connection */
async function secretOf(
  name: string,
  reference: SecretReference,
  resolver: SecretResolver | undefined,
): Promise<string> {
  try {
    return await resolveSecret(reference, resolver);
  } catch (error) {
    if (!isConnectionsError(error, 'secret_unresolved')) throw error;
    throw new ConnectionsError(error.code, `Connection ${quote(name)} cannot be used. ${error.message}`);
  }
}

const NO_CLIENT: Client = { id: null, authMethod: null, secret: async () => null, registration: null };

function registeredClient(registration: Registration): Client {
  const { clientId, clientSecret, authMethod } = registration.client;
  return { id: clientId, authMethod, secret: async () => clientSecret, registration };
}

type AuthMethod = NonNullable<OAuthOptions['token_endpoint_auth_method']>;

/** RFC 7591 section 2 for a client that was told; else what the server takes (RFC 8414 section 2), Basic by default. */
function authMethodOf(told: string | null, taken: readonly string[] | null): AuthMethod {
  const ours: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post', 'none'];
  const methods = told === null ? (taken ?? []) : [told];
  return ours.find((method) => methods.includes(method)) ?? 'client_secret_basic';
}

function withoutPkce(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} of connection ${quote(name)} does not announce PKCE with S256, which ` +
      'protects the authorization code. Declare `"pkce": "off"` to connect without that protection.',
    { connectionName: name },
  );
}

function withoutIssuer(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `Connection ${quote(name)} declares a client secret without saying which authorization server it is for; discovery ` +
      `found ${quote(issuer, 200)}. If that is the right one, declare it as \`issuer\`: the secret is sent to no other.`,
    { connectionName: name },
  );
}
