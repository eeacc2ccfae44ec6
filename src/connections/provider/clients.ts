/**
 * Our clients at the authorization server of a connection: the declared one, the one whose metadata the host publishes (OAuth
 * Client ID Metadata Document), or one that is registered (RFC 7591), in that order. Each connection has clients of its
 * own: a server that shares one with another could have the consent that users gave for the other (confused deputy).
 */
import type { ConnectionDefinition, OAuthOptions, OAuthConnection } from '../../config/definition';
import { fitsPath } from '../../config/names';
import { type SecretReference, type SecretResolver, resolveSecret } from '../../config/secrets';
import { ConnectionsError, isConnectionsError, quote } from '../../errors';
import {
  type ClientDescription,
  authMethodsOf,
  clientMetadata,
  clientNeed,
  covers,
  needBesides,
  PUBLISHED_USE,
} from '../../oauth/client-metadata';
import type { ExchangeOptions } from '../../oauth/exchange';
import { registerClient } from '../../oauth/registration';
import type { RegisteredClient } from '../../oauth/registration-answer';
import { registersNone } from '../../oauth/registration-error';
import type { ServerMetadata } from '../../oauth/server-metadata';
import type { OAuthClient } from '../../oauth/token-endpoint';
import { redirectUri, withName } from '../flow/destinations';
import type { ServiceAddresses } from '../options';
import type { Registration } from '../registrations/claims';
import type { RegistrationRows } from '../registrations/registrations';
import { issuedTo } from './oauth-connection';
import { type DiscoveredProvider, incomplete } from './provider';

export interface Client {
  readonly id: string | null;
  readonly authMethod: string | null;
  readonly secret: () => Promise<string | null>;
  readonly registration: Registration | null;
}

export interface ClientSettings {
  readonly resolveSecret: SecretResolver | undefined;
  readonly client: ClientDescription;
  /** Address of a client's metadata document, with `{name}` for the connection; undefined where the host publishes none. */
  readonly clientMetadataUrl: string | undefined;
}

/** What a client is for. */
export interface ClientFlow {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
}

/** How a client is registered. */
export interface RegistrationRequest {
  readonly exchangeWith: (url: string) => ExchangeOptions;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Whether another client is registered in place of the one that is there. */
  readonly newClient: boolean;
}

/** The URL of the metadata document of a connection's client; undefined where there is none. */
function publishedId(connectionName: string, { clientMetadataUrl }: ClientSettings): string | undefined {
  if (clientMetadataUrl === undefined || !fitsPath(connectionName)) return undefined;
  return withName(clientMetadataUrl, connectionName);
}

export class Clients {
  constructor(
    private readonly settings: ClientSettings,
    private readonly registrations: RegistrationRows,
  ) {}

  declaredClient(definition: OAuthConnection): Client {
    const { clientId, clientSecret } = definition.oauth;
    const secret = async () =>
      clientSecret && declaredSecret(definition.name, clientSecret, this.settings.resolveSecret);
    return { id: clientId, authMethod: null, secret, registration: null };
  }

  /** The client that needs no registration; null where there is none. */
  clientWithoutRegistration(
    definition: OAuthConnection,
    { takesClientMetadata }: ServerMetadata,
  ): Client | null {
    if (definition.oauth.clientId !== null) return this.declaredClient(definition);
    const id = takesClientMetadata ? publishedId(definition.name, this.settings) : undefined;
    return id === undefined ? null : { ...NO_CLIENT, id, authMethod: 'none' };
  }

  /**
   * The client that the tokens were issued to; if there is none, the one that a flow would use now.
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid` for a client to which they may have been issued
   */
  async forTokens(
    definition: OAuthConnection,
    server: ServerMetadata,
    hasGot: (client: Client) => boolean,
  ): Promise<Client> {
    const own = this.clientWithoutRegistration(definition, server);
    if (own && hasGot(own)) return own;
    let latest = own;
    let failure: PromiseRejectedResult | undefined;
    for await (const one of this.registrations.clientsOf(definition.name, server.issuer)) {
      if (one.status === 'rejected') {
        failure ??= one;
        continue;
      }
      const client = registeredClient(one.value);
      if (hasGot(client)) return client;
      latest ??= client;
    }
    // The client that could not be decrypted may be the right one: the user may not have to connect again.
    if (failure) throw failure.reason;
    return latest && !hasGot(NO_CLIENT) ? latest : NO_CLIENT;
  }

  /** The fingerprints of tokens that the server may have issued to any of our clients. */
  async fingerprints(definition: OAuthConnection, server: ServerMetadata): Promise<readonly string[]> {
    const clients = [this.clientWithoutRegistration(definition, server) ?? NO_CLIENT];
    for await (const one of this.registrations.clientsOf(definition.name, server.issuer))
      if (one.status === 'fulfilled') clients.push(registeredClient(one.value));
    return clients.map(({ id }) => issuedTo(id, definition, server));
  }

  /**
   * The client of a flow that begins.
   * @throws ConnectionsError `client_unregistered` or `provider_unavailable`
   */
  async forFlow(
    definition: OAuthConnection,
    server: ServerMetadata,
    flow: ClientFlow,
    how: RegistrationRequest,
  ): Promise<Client> {
    const own = this.clientWithoutRegistration(definition, server);
    const { clientId, options } = definition.oauth;
    const declared = options.token_endpoint_auth_method;
    // A published client is public: it has no secret that a server could know.
    if (own && (clientId !== null || authMethodsOf(server, declared).includes('none'))) return own;
    try {
      return await this.register(definition, server, flow, how);
    } catch (error) {
      // A server that takes published clients may take public ones without listing `none`.
      if (own && declared === undefined && isConnectionsError(error, 'client_unregistered')) return own;
      throw error;
    }
  }

  /** The client that is registered for a flow; registers one where there is none that will do. */
  private async register(
    definition: OAuthConnection,
    server: ServerMetadata,
    flow: ClientFlow,
    { exchangeWith, deadline, newClient }: RegistrationRequest,
  ): Promise<Client> {
    const { issuer, registrationUrl, registrationFault } = server;
    const key = { connectionName: definition.name, issuer, redirectUri: flow.redirectUri };
    const need = clientNeed(server, definition.oauth.options.token_endpoint_auth_method, flow.scopes);
    // A server may grant scopes that it registers no client for.
    const isEnoughElse = ({ use }: RegisteredClient) => covers(use, { ...need, scopes: [] });
    if (registrationUrl === null) {
      const there = newClient ? null : await this.registrations.currentOrFormer(key, isEnoughElse);
      if (there) return registeredClient(there);
      throw registrationFault ?? registersNone(issuer, flow.redirectUri);
    }
    const exchange = exchangeWith(registrationUrl);
    const registering = async (predecessors: readonly RegisteredClient[]) => {
      const wanted = predecessors.reduce((all, { use }) => needBesides(all, use), need);
      const request = { client: this.settings.client, redirectUri: flow.redirectUri, need: wanted };
      return registerClient(registrationUrl, server, request, exchange);
    };
    try {
      const registration = await this.registrations.client(key, registering, {
        deadline,
        fingerprintOf: ({ clientId }) => issuedTo(clientId, definition, server),
        isEnough: ({ use }) => covers(use, need),
        newClient,
      });
      return registeredClient(registration);
    } catch (error) {
      if (newClient || !isConnectionsError(error, 'client_unregistered')) throw error;
      const there = await this.registrations.currentOrFormer(key, isEnoughElse);
      if (there && isEnoughElse(there.client)) return registeredClient(there);
      throw error;
    }
  }

  /** What is done where the server does not know a client any more; null where an operator has to see to it. */
  forgetterOf({ registration }: Client): DiscoveredProvider['forgetClient'] {
    if (registration === null) return null;
    return (isCertain) =>
      isCertain ? this.registrations.setAside(registration) : this.registrations.setAsideRarely(registration);
  }
}

const NO_CLIENT: Client = { id: null, authMethod: null, secret: async () => null, registration: null };

function registeredClient(registration: Registration): Client {
  const { clientId, clientSecret, authMethod } = registration.client;
  return { id: clientId, authMethod, secret: async () => clientSecret, registration };
}

type AuthMethod = NonNullable<OAuthOptions['token_endpoint_auth_method']>;

/** The method in the client's registration (RFC 7591 section 2), else one the server supports (RFC 8414 section 2), else Basic. */
export function authMethodOf({ authMethod }: Client, { authMethods }: ServerMetadata): AuthMethod {
  const ours: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post', 'none'];
  const methods = authMethod === null ? (authMethods ?? []) : [authMethod];
  return ours.find((method) => methods.includes(method)) ?? 'client_secret_basic';
}

/** @throws ConnectionsError `secret_unresolved`, or `connection_incomplete` without a client */
export async function withSecret(connectionName: string, { id, secret }: Client): Promise<OAuthClient> {
  if (id === null) throw incomplete(connectionName, 'client_id');
  return { id, secret: await secret() };
}

/** @throws ConnectionsError `secret_unresolved`, which names the connection */
async function declaredSecret(
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

/** The document to publish for the client of a connection, with every redirect URI that a flow of it may have. */
export function publishedClient(
  { name, oauth }: ConnectionDefinition,
  settings: ClientSettings,
  addresses: ServiceAddresses,
): Record<string, unknown> | undefined {
  const id = publishedId(name, settings);
  if (id === undefined || oauth === null) return undefined;
  const origins = [undefined, ...addresses.callbackOrigins];
  const redirectUris = new Set(
    origins.map((origin) => redirectUri(name, oauth.redirectUri, origin, addresses)),
  );
  return { client_id: id, ...clientMetadata(settings.client, [...redirectUris], PUBLISHED_USE) };
}
