/** The clients that the provider knows, and which of them sends a request (RFC 6749 section 2.3). */
import { randomUUID } from 'node:crypto';
import { type SecretResolver, resolveSecret } from '../../config/secrets';
import type { OAuthConnection } from '../../config/definition';
import { Refusal } from './refusal';
import { registrationOf } from './registration';

export interface KnownClient {
  readonly id: string;
  /** Null for a public client. */
  readonly secret: string | null;
  /** RFC 7591 section 2; null: with Basic or in the body, as it likes. */
  readonly authMethod: string | null;
  /** Where its users may be sent back to. */
  readonly redirectUris: readonly string[];
}

/** What a request for tokens says of its client. */
export interface Credentials {
  readonly header: string | null;
  readonly id: string | null;
  readonly secret: string | null;
}

export class ProviderClients {
  /** Registered ones (RFC 7591), by connection. */
  private readonly registered = new Map<string, KnownClient[]>();

  constructor(
    private readonly resolver: SecretResolver,
    /** Every redirect URI that a flow of a connection may have. */
    private readonly redirectUrisOf: (connection: OAuthConnection) => readonly string[],
  ) {}

  /** @throws ConnectionsError `secret_unresolved` */
  async of(connection: OAuthConnection): Promise<readonly KnownClient[]> {
    const { clientId, clientSecret, options } = connection.oauth;
    const registered = this.registered.get(connection.name) ?? [];
    if (clientId === null) return registered;
    const declared: KnownClient = {
      id: clientId,
      secret: clientSecret && (await resolveSecret(clientSecret, this.resolver)),
      authMethod: options.token_endpoint_auth_method ?? null,
      redirectUris: this.redirectUrisOf(connection),
    };
    return [declared, ...registered];
  }

  /** @throws Refusal */
  register(connectionName: string, metadata: object): KnownClient {
    const { redirectUris, authMethod } = registrationOf(metadata);
    const client: KnownClient = {
      id: `client-${randomUUID()}`,
      secret: authMethod === 'none' ? null : randomUUID(),
      authMethod,
      redirectUris,
    };
    this.registered.set(connectionName, [...(this.registered.get(connectionName) ?? []), client]);
    return client;
  }

  /** @throws Refusal `invalid_client` or `invalid_request` */
  async authenticate(connections: readonly OAuthConnection[], sent: Credentials): Promise<KnownClient> {
    if (sent.id === null && sent.header === null)
      throw new Refusal('invalid_request', 'The client does not say which it is.');
    // RFC 6749 section 5.2.
    if (sent.secret !== null && sent.header !== null)
      throw new Refusal('invalid_request', 'The client authenticates in two ways.');
    const candidates = (await Promise.all(connections.map((connection) => this.of(connection)))).flat();
    const found = candidates.find((client) => isSentBy(client, sent));
    if (found) return found;
    const isKnown = candidates.some(({ id }) => id === sent.id || idOf(sent, decodeForm) === id);
    throw new Refusal(
      'invalid_client',
      isKnown ? 'The client did not authenticate as it should.' : 'The client is not known.',
    );
  }
}

type Decode = (text: string) => string;

/** RFC 6749 section 2.3.1. */
const decodeForm: Decode = (text) => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // The client did not encode its secret: the raw text is compared.
    return text;
  }
};
const asWritten: Decode = (text) => text;

function isSentBy({ id, secret, authMethod }: KnownClient, sent: Credentials): boolean {
  if (secret === null || authMethod === 'none')
    return sent.header === null && sent.id === id && sent.secret === null;
  const inBody = sent.id === id && sent.secret === secret;
  const decode = authMethod === 'client_secret_basic_raw' ? asWritten : decodeForm;
  const inHeader = idOf(sent, decode) === id && secretOf(sent, decode) === secret;
  if (authMethod === null) return inBody || inHeader;
  return authMethod === 'client_secret_post' ? inBody : inHeader;
}

function idOf(sent: Credentials, decode: Decode): string | null {
  return basic(sent)?.map(decode)[0] ?? null;
}

function secretOf(sent: Credentials, decode: Decode): string | null {
  return basic(sent)?.map(decode)[1] ?? null;
}

function basic({ header }: Credentials): [id: string, secret: string] | null {
  const [, base64] = /^Basic (.+)$/i.exec(header ?? '') ?? [];
  if (base64 === undefined) return null;
  const [, id = '', secret = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(base64, 'base64').toString('utf8')) ?? [];
  return [id, secret];
}
