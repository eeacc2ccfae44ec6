/** What `fetch` does with answers by itself, and is done here because each address is judged first: redirects and `integrity`. */
import { discard, isRedirectStatus } from '../../oauth/exchange';
import type { ApiRequest } from './request';
import { apiUrl } from './request';

export const MAX_REDIRECTS = 20;

/** Credentials, and the name of a host. */
const OF_ONE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];

const OF_A_BODY = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
];

/**
 * The request that follows an answer, whose body is ended; null where the answer is no redirect.
 * @throws TypeError where no request can be sent to its `Location`
 */
export function redirectOf(request: ApiRequest, response: Response): ApiRequest | null {
  const { status, headers } = response;
  const location = isRedirectStatus(status) ? headers.get('location') : null;
  if (location === null) return null;
  discard(response);
  const url = apiUrl(utf8(location), request.url);
  if (request.others.mode === 'same-origin' && url.origin !== request.url.origin) {
    throw new TypeError('A request of mode `same-origin` cannot be redirected to another origin.');
  }
  const sent = new Headers(request.headers);
  if (url.origin !== request.url.origin) for (const name of OF_ONE_ORIGIN) sent.delete(name);
  if (!becomesGet(request, status)) return { ...request, url, headers: sent };
  for (const name of OF_A_BODY) sent.delete(name);
  return { ...request, url, headers: sent, method: 'GET', body: null };
}

function becomesGet({ method }: ApiRequest, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/** Headers are read byte by byte, and some servers write addresses in UTF-8. */
function utf8(location: string): string {
  return Buffer.from(location, 'latin1').toString('utf8');
}

/** What a caller of `fetch` learns of the way that an answer took. */
export function answeredAt(response: Response, url: URL, isRedirected: boolean): Response {
  if (response.url === url.href && response.redirected === isRedirected) return response;
  const clone = response.clone.bind(response);
  return Object.defineProperties(response, {
    url: { value: url.href },
    redirected: { value: isRedirected },
    clone: { value: () => answeredAt(clone(), url, isRedirected) },
  });
}

/**
 * The `integrity` of a request (Subresource Integrity), for the answer that a caller gets: a redirect or a 401 has a body, too.
 * @returns the answer, which is read to its end
 * @throws TypeError as `fetch` does
 */
export async function withIntegrity(response: Response, integrity: string): Promise<Response> {
  const { status, statusText, headers } = response;
  if (response.body === null)
    throw new TypeError('fetch failed', { cause: new Error('The answer has no body.') });
  const bytes = await response.arrayBuffer();
  // `fetch` itself compares, so that what it takes is taken here.
  const address = URL.createObjectURL(new Blob([bytes]));
  try {
    await globalThis.fetch(address, { integrity });
  } finally {
    URL.revokeObjectURL(address);
  }
  return new Response(bytes, { status, statusText, headers });
}
