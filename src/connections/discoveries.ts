/** Discovers the authorization server of a connection, and remembers what its MCP server said of where its metadata is. */
import type { ConnectionDefinition } from '../config/definition';
import type { Challenge } from '../oauth/challenge';
import type { Beginning, Discovered } from '../oauth/discovery';
import { discover } from '../oauth/discovery';
import type { Documents } from '../oauth/documents';
import type { DiscoveryStep } from '../oauth/search';
import { withoutIssuer } from './discovery-checks';
import { oauthOf } from './provider';
import type { TrustOptions } from './trust';
import { trustedFor, within } from './trust';

export interface DiscoveriesAccess extends TrustOptions {
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

  constructor(private readonly access: DiscoveriesAccess) {}

  async discover(
    definition: ConnectionDefinition,
    { freshSince, given, issued, deadline }: DiscoveryRequest,
  ): Promise<Discovered> {
    const { options, clientSecret, authorizeUrl } = oauthOf(definition);
    const { name, url } = definition;
    const { documents, exchange, guarded } = this.access;
    const { issuer = null } = options;
    const key = JSON.stringify([name, url]);
    const beginning = { issuer, authorizeUrl, issued, given, known: this.challenges.get(key) };
    const discovered = await discover(url, beginning, {
      documents,
      freshSince,
      connectionName: name,
      exchange: within(exchange, deadline),
      guarded: within(guarded, deadline),
      trusted: trustedFor(definition, this.access),
      observe: (step) => this.access.observe({ ...step, connectionName: name }),
    });
    if (discovered.challenge !== undefined) this.challenges.set(key, discovered.challenge);
    // A secret is for one server: an MCP server that changes its metadata must not get the secret of another.
    if (clientSecret !== null && issuer === null) throw withoutIssuer(name, discovered.server.issuer);
    return discovered;
  }
}
