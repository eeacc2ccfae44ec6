/**
 * Fetches and caches metadata documents. Size and time are bounded, each redirect is checked before it is followed, and
 * a document is cached for as long as its headers say, but at least a minute and at most a day.
 */
import { parseUrl } from '../url';
import { checkedAddress } from './addresses';
import type { KeptDocument } from './document-cache';
import { DocumentCache, documentText } from './document-cache';
import type { ExchangeOptions, RawAnswer } from './exchange';
import { exchange, isOutage, timeLeft } from './exchange';
import { inTime } from './in-time';
import { parseObject } from './json';
import { MAX_ADDRESS } from './limits';

export interface DocumentAccess {
  /** For trusted origins. */
  readonly exchange: ExchangeOptions;
  /** For all others. */
  readonly guarded: ExchangeOptions;
  /** Origins that need no guard: the declared one, and those that an operator vouches for at this connection. */
  readonly trusted: ReadonlySet<string>;
  /** Whose documents they are; no other connection gets them from the cache. */
  readonly connectionName: string;
  /**
   * A time by `performance.now()`: a cached document that was requested before it is not used, except during an outage; one that is
   * on its way is. Undefined: any cached document is used.
   */
  readonly freshSince?: number | undefined;
}

/** The fields of a document that are read. */
export type JsonDocument = Readonly<Record<string, unknown>>;

/** The result of looking for a document. */
export type Found =
  | {
      readonly kind: 'document';
      readonly document: JsonDocument;
      /** Whether it came from the cache, without a request. */
      readonly isCached: boolean;
    }
  /** There was an answer of this status, but no JSON object; null where the address is too long to be requested. */
  | { readonly kind: 'absent'; readonly status: number | null }
  /** Status 429 or 5xx; null where there was no answer in time. */
  | { readonly kind: 'unreachable'; readonly status: number | null };

/** Redirects followed before a request gives up. */
export const MAX_DISCOVERY_REDIRECTS = 3;
const SHORTEST_MS = 60_000;
const DEFAULT_MS = 3_600_000;
const LONGEST_MS = 86_400_000;

export class Documents {
  readonly cache = new DocumentCache();
  private readonly running = new Map<string, Running>();

  /** @throws ConnectionsError `address_refused` */
  async get(address: URL, access: DocumentAccess): Promise<Found> {
    if (address.href.length > MAX_ADDRESS) return { kind: 'absent', status: null };
    const before = this.cache.get(access.connectionName, address.href);
    const { freshSince = -Infinity } = access;
    if (before && before.until > Date.now() && before.askedAt >= freshSince) return foundOf(before, true);
    const found = await this.fetchShared(address, access);
    // During an outage an older document is better than none.
    const isKept =
      found.kind === 'unreachable' || (access.freshSince === undefined && isPassing(found, before));
    return isKept && typeof before?.text === 'string' ? foundOf(before, true) : found;
  }

  /**
   * Callers that want the same document at the same time share one request. When the deadline of the caller that made it
   * cut it short, those with a later deadline share another.
   */
  private async fetchShared(address: URL, access: DocumentAccess): Promise<Found> {
    const key = JSON.stringify([access.connectionName, address.href, [...access.trusted].toSorted()]);
    const deadline = deadlineOf(access);
    for (let run = this.running.get(key); run; run = this.running.get(key)) {
      // A caller with less time than the one that made the request does not wait for it any longer.
      const isLate = deadline < run.deadline;
      const found = await (isLate
        ? inTime(run.found, deadline - performance.now(), () => TOO_LATE)
        : run.found);
      if (found !== TOO_LATE || deadline <= run.deadline) return found;
    }
    const found = this.fetchDocument(address, access).finally(() => this.running.delete(key));
    this.running.set(key, { found, deadline });
    return found;
  }

  private async fetchDocument(address: URL, access: DocumentAccess): Promise<Found> {
    const { trusted, connectionName } = access;
    const askedAt = performance.now();
    let at = address;
    for (let redirects = 0; ; redirects += 1) {
      const url = checkedAddress(at.href, trusted);
      const how = trusted.has(url.origin) ? access.exchange : access.guarded;
      const isShort = timeLeft(how) < how.timeoutMs;
      const answer = await exchange(url.href, { headers: { accept: 'application/json' } }, how);
      if (answer === null && isShort) return TOO_LATE;
      if (answer === null) return { kind: 'unreachable', status: null };
      const { status } = answer;
      if (isOutage(status)) return { kind: 'unreachable', status };
      if (status < 300 || status >= 400) return this.read(connectionName, address, answer, askedAt);
      const next = redirectTarget(answer.location, url);
      if (!next || redirects === MAX_DISCOVERY_REDIRECTS) return { kind: 'absent', status };
      at = next;
    }
  }

  private read(connectionName: string, address: URL, answer: RawAnswer, askedAt: number): Found {
    const { status } = answer;
    const document = status === 200 ? parseObject(answer.body) : null;
    const text = document && documentText(document);
    const life = text === null ? SHORTEST_MS : lifeOf(answer.cacheControl);
    const found = foundOf({ text, status }, false);
    if (!isPassing(found, this.cache.get(connectionName, address.href)))
      this.cache.put(connectionName, address.href, { text, status, until: Date.now() + life, askedAt });
    return found;
  }
}

/** No answer to a request for which the deadline had left less than the usual time. */
const TOO_LATE: Found = { kind: 'unreachable', status: null };

interface Running {
  readonly found: Promise<Found>;
  /** That of the caller that made the request, by `performance.now()`. */
  readonly deadline: number;
}

function deadlineOf({ exchange: { deadline = Infinity }, guarded }: DocumentAccess): number {
  return Math.min(deadline, guarded.deadline ?? Infinity);
}

/**
 * Whether an answer is one that firewalls and proxies give for a moment, in place of a document that was there within the
 * last day. With 404 and 410 the server itself says that there is none.
 */
function isPassing(found: Found, before: KeptDocument | undefined): boolean {
  if (found.kind !== 'absent' || found.status === 404 || found.status === 410) return false;
  return typeof before?.text === 'string' && before.until + LONGEST_MS > Date.now();
}

/** Parsed each time, since objects are larger than their JSON. */
function foundOf({ text, status }: Pick<KeptDocument, 'text' | 'status'>, isCached: boolean): Found {
  if (text === null) return { kind: 'absent', status };
  return { kind: 'document', document: JSON.parse(text) as JsonDocument, isCached };
}

/** RFC 9111 section 5.2.2, bounded, so that a server can cause neither a request each time nor a cache without end. */
function lifeOf(cacheControl: string | null): number {
  const text = cacheControl ?? '';
  if (/\bno-(store|cache)\b/i.test(text)) return SHORTEST_MS;
  const seconds = /\bmax-age\s*=\s*"?(\d{1,12})/i.exec(text)?.[1];
  if (seconds === undefined) return DEFAULT_MS;
  return Math.min(Math.max(Number(seconds) * 1000, SHORTEST_MS), LONGEST_MS);
}

/** Where a redirect leads (RFC 9110 section 10.2.2); null when it does not say, or the address is too long to be requested. */
export function redirectTarget(location: string | null, base: URL): URL | null {
  const url = location === null ? null : parseUrl(location, base);
  return url && url.href.length <= MAX_ADDRESS ? url : null;
}
