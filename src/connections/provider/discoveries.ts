/** Discovers the authorization server of a connection, and remembers what its MCP server said of where its metadata is. */
import type { OAuthConnection } from '../../config/definition';
import type { Challenge } from '../../oauth/challenge';
import { type Beginning, type Discovered, discover } from '../../oauth/discovery';
import type { Documents } from '../../oauth/documents';
import type { DiscoveryStep } from '../../oauth/search';
import { withoutIssuer } from './server-checks';
import { type TrustSettings, trustedFor, withDeadline } from './trust';

export interface DiscoverySettings extends TrustSettings {
  readonly documents: Documents;
  readonly observe: (step: DiscoveryStep & { readonly connectionName: string }) => void;
}

export interface DiscoveryRequest extends Pick<Beginning, 'given' | 'issued'> {
  /** By `performance.now()`: what was asked for earlier is asked for again; undefined where nothing is. */
  readonly freshSince: number | undefined;
  /** By `performance.now()`. */
  readonly deadline: number;
}

export class Discoveries {
  /** The latest challenge of the MCP server of each connection, by its name and URL. */
  private readonly challenges = new Map<string, Challenge | null>();

  constructor(private readonly settings: DiscoverySettings) {}

  async discover(
    definition: OAuthConnection,
    { freshSince, given, issued, deadline }: DiscoveryRequest,
  ): Promise<Discovered> {
    const { options, clientSecret, authorizeUrl } = definition.oauth;
    const { name, url } = definition;
    const { documents, exchange, guarded } = this.settings;
    const { issuer = null } = options;
    const key = JSON.stringify([name, url]);
    const beginning = { issuer, authorizeUrl, issued, given, known: this.challenges.get(key) };
    const discovered = await discover(url, beginning, {
      documents,
      freshSince,
      connectionName: name,
      exchange: withDeadline(exchange, deadline),
      guarded: withDeadline(guarded, deadline),
      trusted: trustedFor(definition, this.settings),
      observe: (step) => this.settings.observe({ ...step, connectionName: name }),
    });
    if (discovered.challenge !== undefined) this.challenges.set(key, discovered.challenge);
    // A secret is for one server: an MCP server that changes its metadata must not get the secret of another.
    if (clientSecret !== null && issuer === null) throw withoutIssuer(name, discovered.server.issuer);
    return discovered;
  }
}
