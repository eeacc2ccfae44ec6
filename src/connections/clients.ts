/**
 * Our clients at the authorization server of a connection: the declared one, the one whose metadata the host publishes (OAuth
 * Client ID Metadata Document), or one that is registered (RFC 7591), in that order. Each connection has clients of its
 * own: a server that shares one with another could have the consent that users gave for the other (confused deputy).
 */
import type { ConnectionDefinition, OAuthOptions } from '../config/definition';
import { fitsPath } from '../config/names';
import type { SecretReference, SecretResolver } from '../config/secrets';
import { resolveSecret } from '../config/secrets';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/client-authentication';
import type { ExchangeOptions } from '../oauth/exchange';
import type { ClientDescription, RegisteredClient } from '../oauth/registration';
import { registerClient } from '../oauth/registration';
import type { ServerMetadata } from '../oauth/server-metadata';
import { incomplete, issuedTo, oauthOf } from './provider';
import { withName } from './redirect-uri';
import type { Registration } from './registration-claims';
import type { RegistrationRows } from './registration-rows';

export interface Client {
  readonly id: string | null;
  readonly authMethod: string | null;
  readonly secret: () => Promise<string | null>;
  readonly registration: Registration | null;
}

export interface ClientOptions {
  readonly resolveSecret: SecretResolver | undefined;
  readonly client: ClientDescription;
  /** Address of a client's metadata document, with `{name}` for the connection; undefined where the host publishes none. */
  readonly clientMetadataUrl: string | undefined;
}

/** The URL of the metadata document of a connection's client; undefined where there is none. */
export function publishedId(
  connectionName: string,
  { clientMetadataUrl }: ClientOptions,
): string | undefined {
  if (clientMetadataUrl === undefined || !fitsPath(connectionName)) return undefined;
  return withName(clientMetadataUrl, connectionName);
}

export class Clients {
  constructor(
    private readonly options: ClientOptions,
    private readonly registrations: RegistrationRows,
  ) {}

  declared(definition: ConnectionDefinition): Client {
    const { clientId, clientSecret } = oauthOf(definition);
    const secret = async () =>
      clientSecret && secretOf(definition.name, clientSecret, this.options.resolveSecret);
    return { id: clientId, authMethod: null, secret, registration: null };
  }

  /** The client that needs no registration; null where there is none. */
  unregistered(definition: ConnectionDefinition, { takesClientMetadata }: ServerMetadata): Client | null {
    if (oauthOf(definition).clientId !== null) return this.declared(definition);
    const id = takesClientMetadata ? publishedId(definition.name, this.options) : undefined;
    return id === undefined ? null : { ...NO_CLIENT, id, authMethod: 'none' };
  }

  /** Clients that are registered at the server, if any, and the failure of one that could not be decrypted. */
  async registered({ name }: ConnectionDefinition, { issuer }: ServerMetadata) {
    const { registrations, failure } = await this.registrations.clientsOf(name, issuer);
    return { clients: registrations.map(registeredClient), failure };
  }

  /**
   * The client that is registered with this redirect URI; registers one where there is none.
   * @param how with `isNew`, the client that is there is set aside
   * @throws ConnectionsError `client_unregistered` or `provider_unavailable`
   */
  async register(
    definition: ConnectionDefinition,
    server: ServerMetadata,
    redirectUri: string,
    how: { exchangeWith: (url: string) => ExchangeOptions; deadline: number; isNew: boolean },
  ): Promise<Client> {
    const { exchangeWith, deadline, isNew } = how;
    const { name: connectionName } = definition;
    const { issuer, registrationUrl, registrationFault } = server;
    const fingerprintOf = ({ clientId }: RegisteredClient) => issuedTo(clientId, definition, server);
    if (registrationUrl === null) throw registrationFault ?? registersNone(issuer, redirectUri);
    const exchange = exchangeWith(registrationUrl);
    const key = { connectionName, issuer, redirectUri };
    if (isNew) await this.registrations.setAsideOf(key);
    const registration = await this.registrations.client(
      key,
      () => registerClient(registrationUrl, this.options.client, redirectUri, exchange),
      { deadline, fingerprintOf },
    );
    return registeredClient(registration);
  }

  /** For a server that does not know its client any more; undefined where an operator has to see to it. */
  forgetting({ registration }: Client): (() => Promise<void>) | undefined {
    return registration === null ? undefined : () => this.registrations.setAside(registration);
  }
}

export const NO_CLIENT: Client = { id: null, authMethod: null, secret: async () => null, registration: null };

function registeredClient(registration: Registration): Client {
  const { clientId, clientSecret, authMethod } = registration.client;
  return { id: clientId, authMethod, secret: async () => clientSecret, registration };
}

/** @throws ConnectionsError `secret_unresolved`, or `connection_incomplete` without a client */
export async function withSecret(connectionName: string, { id, secret }: Client): Promise<OAuthClient> {
  if (id === null) throw incomplete(connectionName, 'client_id');
  return { id, secret: await secret() };
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

type AuthMethod = NonNullable<OAuthOptions['token_endpoint_auth_method']>;

/** RFC 7591 section 2 for a client that was told; else what the server takes (RFC 8414 section 2), Basic by default. */
export function authMethodOf({ authMethod }: Client, { authMethods }: ServerMetadata): AuthMethod {
  const ours: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post', 'none'];
  const methods = authMethod === null ? (authMethods ?? []) : [authMethod];
  return ours.find((method) => methods.includes(method)) ?? 'client_secret_basic';
}

function registersNone(issuer: string, redirectUri: string): ConnectionsError {
  return new ConnectionsError(
    'client_unregistered',
    `The authorization server ${quote(issuer, 200)} does not register clients. Register one there by hand with the ` +
      `redirect URI ${quote(redirectUri, 200)}, then declare its \`client_id\`; if it has a secret, declare \`issuer\` too.`,
  );
}
