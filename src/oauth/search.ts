/**
 * Looks through the places where a metadata document may be, and keeps why each document was not used. A document that is
 * absent, malformed or contradictory ends nothing: the next place is tried, and only the end of all makes an error.
 */
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { DocumentAccess, Documents, Found, JsonDocument } from './documents';

/** One request of a discovery, or what came in its place, and its result. */
export interface DiscoveryStep {
  /** What the step looked for. */
  readonly what: 'challenge' | 'resource metadata' | 'authorization server metadata';
  /** The URL that was requested, or whose document was cached. */
  readonly url: string;
  /**
   * `challenge`: a Bearer challenge. `given`: a Bearer challenge that the host handed over, without a request. `redirect`: an
   * answer that leads elsewhere, and is followed at the same origin. `document`: a document that was fetched and used.
   * `cached`: a cached document that was used, without a request. `unusable`: a document, fetched or cached, that was not used.
   * `absent`: there was an answer, now or within the last minute, but not with what was looked for. `unreachable`: no answer
   * in time, or status 429 or 5xx. `refused`: an address that may not be requested.
   */
  readonly found: Found['kind'] | 'challenge' | 'given' | 'redirect' | 'cached' | 'unusable' | 'refused';
}

export interface DiscoveryAccess extends DocumentAccess {
  readonly documents: Documents;
  readonly observe: (step: DiscoveryStep) => void;
}

/** Why a document was not used. `KINDS` has the kinds, the one that says most first. */
export interface SearchFault {
  readonly kind: (typeof KINDS)[number];
  /** One sentence without its full stop; for `refused`, a whole message with its remedy. */
  readonly text: string;
  readonly remedy: string;
}

const KINDS = ['contradiction', 'refused', 'unreachable', 'unusable', 'absent'] as const;

export type Reading<Metadata> = { readonly metadata: Metadata } | { readonly fault: SearchFault };

export interface Place {
  readonly url: URL;
  /** In a message, at the beginning of a sentence. */
  readonly name: string;
}

export const DECLARE_ENDPOINTS = 'Declare `authorize_url`, `token_url` and `client_id` for the connection.';

/** How many faults a message lists. */
const MAX_LISTED = 8;

export class Search {
  /** One list for each server, in the order in which they were tried; the first list is that of the MCP server itself. */
  private readonly faults: SearchFault[][] = [[]];

  /** @param origin of the MCP server, quoted */
  constructor(
    private readonly origin: string,
    private readonly access: DiscoveryAccess,
  ) {}

  /** @returns what `read` made of the document at the place; null when there is none that can be used */
  async metadata<Metadata>(
    what: DiscoveryStep['what'],
    { url, name }: Place,
    read: (document: JsonDocument) => Reading<Metadata>,
  ): Promise<Metadata | null> {
    const tell = (found: DiscoveryStep['found']) => this.access.observe({ what, url: url.href, found });
    const found = await this.access.documents.get(url, this.access).catch(refusedAddress);
    if ('fault' in found) {
      tell('refused');
      return this.addFault(found.fault);
    }
    if (found.kind !== 'document') {
      tell(found.kind);
      return this.addFault(missing(name, found));
    }
    const reading = read(found.document);
    if ('fault' in reading) {
      tell('unusable');
      return this.addFault(reading.fault);
    }
    tell(found.isCached ? 'cached' : 'document');
    return reading.metadata;
  }

  addFault(fault: SearchFault): null {
    this.faults.at(-1)?.push(fault);
    return null;
  }

  /** Goes on to another server: faults from now on are listed as its own. */
  turn(): void {
    this.faults.push([]);
  }

  /** Whether the latest server has a fault that must not be ignored, or did not answer and may do so later. */
  get isBlocked(): boolean {
    return this.faults.at(-1)?.some(isBlocking) ?? false;
  }

  /** Whether a place of the latest server did not answer. */
  get isOut(): boolean {
    return this.faults.at(-1)?.some(({ kind }) => kind === 'unreachable') ?? false;
  }

  /**
   * The error of a search without a result: the fault that tells most, else what was found at each place. The first server
   * counts, unless there is nothing there.
   */
  failure(): ConnectionsError {
    const all = this.faults.flat();
    const first = this.faults.find((faults) => faults.some(isBlocking)) ?? all;
    const [main] = first.toSorted((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind));
    const { kind = 'absent', text = '', remedy = DECLARE_ENDPOINTS } = main ?? {};
    if (kind === 'refused') return new ConnectionsError('address_refused', text);
    if (kind === 'contradiction') return new ConnectionsError('discovery_failed', `${text}. ${remedy}`);
    const texts = [...new Set(all.map((fault) => fault.text))];
    const more = texts.length > MAX_LISTED ? ['And so on'] : [];
    const list = [...texts.slice(0, MAX_LISTED), ...more].join('; ');
    return new ConnectionsError(
      kind === 'unreachable' ? 'provider_unavailable' : 'discovery_failed',
      `Discovery from the MCP server at ${this.origin} found no metadata that can be used. ${list}. ${remedy}`,
    );
  }
}

function isBlocking({ kind }: SearchFault): boolean {
  return kind !== 'absent' && kind !== 'unusable';
}

/** For the failure of a request, or of reading an address. */
export function refusedAddress(error: unknown): { readonly fault: SearchFault } {
  if (!isConnectionsError(error, 'address_refused')) throw error;
  return { fault: { kind: 'refused', text: error.message, remedy: '' } };
}

function missing(name: string, { kind, status }: Exclude<Found, { kind: 'document' }>): SearchFault {
  const answered = status === null ? null : `${name} answered with status ${status}`;
  if (kind === 'unreachable') {
    const remedy = 'Nothing was changed. Try again later.';
    return { kind, text: answered ?? `${name} could not be reached, or not in time`, remedy };
  }
  const text = status === 200 ? `${name} answered without a JSON object` : answered;
  return { kind, text: text ?? `${name} is too long to be requested`, remedy: DECLARE_ENDPOINTS };
}

/** A fault of a document that lacks what its kind has. */
export function unusable(name: string, why: string): { readonly fault: SearchFault } {
  const remedy = `Ask its operator to correct it, or declare \`authorize_url\`, \`token_url\` and \`client_id\` for the connection.`;
  return { fault: { kind: 'unusable', text: `${name} ${why}`, remedy } };
}

/** A fault of a document that is about something else. */
export function contradiction(text: string, remedy: string): { readonly fault: SearchFault } {
  return { fault: { kind: 'contradiction', text, remedy } };
}

/** A URL as the name of a place. */
export function placeAt(url: URL): Place {
  return { url, name: quote(url.href, 200) };
}
