/**
 * Fetches and caches metadata documents. Size and time are bounded, each redirect is checked before it is followed, and
 * a document is cached for as long as its headers say, but at least a minute and at most a day.
 */
import { ConnectionsError } from '../errors';
import { checkedAddress } from './addresses';
import type { ExchangeOptions, RawAnswer } from './exchange';
import { exchange } from './exchange';

export interface DocumentAccess {
  /** For trusted origins. */
  readonly exchange: ExchangeOptions;
  /** For all others. */
  readonly guarded: ExchangeOptions;
  /** Origins that need no guard: the declared one, and those that the host vouches for. */
  readonly trusted: ReadonlySet<string>;
  readonly connectionName: string;
}

export type JsonDocument = Readonly<Record<string, unknown>>;

/** The result of looking for a document. */
export type Found =
  | {
      readonly kind: 'document';
      readonly document: JsonDocument;
      /** Whether it came from the cache, without a request. */
      readonly isCached: boolean;
    }
  /** There was an answer, but no JSON document. */
  | { readonly kind: 'absent' }
  /** No answer in time, or status 429 or 5xx. */
  | { readonly kind: 'unreachable' };

const MOST_REDIRECTS = 3;
const SHORTEST_MS = 60_000;
const DEFAULT_MS = 3_600_000;
const LONGEST_MS = 86_400_000;
const MOST_KEPT = 500;

interface Kept {
  /** `null` for an answer without a document. */
  readonly document: JsonDocument | null;
  readonly until: number;
}

export class Documents {
  private readonly kept = new Map<string, Kept>();
  private readonly running = new Map<string, Promise<Found>>();

  /** @throws ConnectionsError `address_refused` */
  async get(address: URL, access: DocumentAccess): Promise<Found> {
    const before = this.kept.get(address.href);
    if (before && before.until > Date.now()) return foundOf(before.document, true);
    const found = await this.shared(address, access);
    // During an outage an expired document is better than none.
    if (found.kind === 'unreachable' && before?.document) return foundOf(before.document, true);
    return found;
  }

  /** Callers that want the same document at the same time share one request. */
  private shared(address: URL, access: DocumentAccess): Promise<Found> {
    const key = JSON.stringify([access.connectionName, address.href]);
    const running = this.running.get(key);
    if (running) return running;
    const run = this.fetched(address, access).finally(() => this.running.delete(key));
    this.running.set(key, run);
    return run;
  }

  private async fetched(address: URL, access: DocumentAccess): Promise<Found> {
    const { trusted } = access;
    let at = address;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const url = checkedAddress(at.href, trusted);
      const how = trusted.has(url.origin) ? access.exchange : access.guarded;
      const answer = await exchange(url.href, { headers: { accept: 'application/json' } }, how);
      if (answer === null || answer.status === 429 || answer.status >= 500) return { kind: 'unreachable' };
      if (answer.status < 300 || answer.status >= 400) return this.read(address, answer);
      const next = answer.location === null ? null : joined(answer.location, url);
      if (!next) return { kind: 'absent' };
      at = next;
    }
    return { kind: 'absent' };
  }

  private read(address: URL, answer: RawAnswer): Found {
    const document = answer.status === 200 ? objectOf(answer.body) : null;
    const life = document ? lifeOf(answer.cacheControl) : SHORTEST_MS;
    this.kept.delete(address.href);
    this.kept.set(address.href, { document, until: Date.now() + life });
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    return foundOf(document, false);
  }
}

function foundOf(document: JsonDocument | null, isCached: boolean): Found {
  return document ? { kind: 'document', document, isCached } : { kind: 'absent' };
}

/** RFC 9111 section 5.2.2, bounded, so that a server can cause neither a request each time nor a cache without end. */
function lifeOf(cacheControl: string | null): number {
  const text = cacheControl ?? '';
  if (/\bno-(store|cache)\b/i.test(text)) return SHORTEST_MS;
  const seconds = /\bmax-age\s*=\s*"?(\d{1,12})/i.exec(text)?.[1];
  if (seconds === undefined) return DEFAULT_MS;
  return Math.min(Math.max(Number(seconds) * 1000, SHORTEST_MS), LONGEST_MS);
}

function objectOf(text: string): JsonDocument | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonDocument)
      : null;
  } catch {
    return null;
  }
}

function joined(location: string, base: URL): URL | null {
  try {
    return new URL(location, base);
  } catch {
    return null;
  }
}

export function unreachable(what: string): ConnectionsError {
  return new ConnectionsError(
    'provider_unavailable',
    `${what} did not answer. Nothing was changed. Try again later.`,
  );
}
