/**
 * Asks an MCP server for the challenge that says where its metadata is: with a GET, then with a message, since some servers
 * check the token only there. Redirects are followed at the same origin only: nothing vouches for another.
 */
import { type Challenge, readChallenge } from './challenge';
import { MAX_DISCOVERY_REDIRECTS, redirectTarget } from './documents';
import { exchangeHead, isOutage, isRedirectStatus, timeLeft } from './exchange';
import { inTime } from './in-time';
import type { DiscoveryAccess, DiscoveryStep } from './search';

export interface Probe {
  readonly challenge: Challenge | null;
  /** Whether there was a challenge to either request, or an answer to the message that does not mean an outage. */
  readonly isReached: boolean;
  /** The last URL that was asked, or that a redirect names at another origin. */
  readonly place: URL;
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
/** After these, the method stays (RFC 9110 section 15.4). */
const REPEATED: ReadonlySet<number> = new Set([307, 308]);

export async function probe(url: URL, access: DiscoveryAccess): Promise<Probe> {
  // Some servers never answer a GET: both together take the time of one, so that enough is left for other requests.
  const halfMs = timeLeft(access.exchange) / 2;
  const looking = answerAt(url, null, access);
  const quick = await inTime(looking, halfMs, () => null);
  if (quick?.challenge) return quick;
  const rest = { ...access, exchange: { ...access.exchange, timeoutMs: halfMs } };
  const [look, message] = await Promise.all([looking, answerAt(url, PING, quick ? access : rest)]);
  if (look.challenge) return look;
  if (message.challenge || look.place.href === url.href) return message;
  return { ...look, isReached: message.isReached };
}

/** @param message JSON to POST; null sends a GET */
async function answerAt(url: URL, message: string | null, access: DiscoveryAccess): Promise<Probe> {
  let place = url;
  let body = message;
  const tell = (found: DiscoveryStep['found'], challenge: Challenge | null = null): Probe => {
    access.observe({ what: 'challenge', url: place.href, found });
    return { challenge, isReached: found !== 'unreachable', place };
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchangeHead(place.href, requestOf(body), access.exchange).catch(() => null);
    if (answer === null || isOutage(answer.status)) return tell('unreachable');
    const { status, headers } = answer;
    const challenge = status === 401 ? readChallenge(headers.get('www-authenticate')) : null;
    if (challenge) return tell('challenge', challenge);
    const next = isRedirectStatus(status) ? redirectTarget(headers.get('location'), place) : null;
    if (!next || redirects === MAX_DISCOVERY_REDIRECTS) return tell('absent');
    if (next.origin !== url.origin) return { ...tell('redirect'), place: next };
    tell('redirect');
    place = next;
    if (!REPEATED.has(status)) body = null;
  }
}

function requestOf(message: string | null): RequestInit {
  const accept = { accept: 'application/json, text/event-stream' };
  if (message === null) return { headers: accept };
  return { method: 'POST', headers: { ...accept, 'content-type': 'application/json' }, body: message };
}
