/** Where a request comes from: the page that sent it, and the door of the service at which it arrived. */
import type { ServiceAddresses } from '../connections/options';
import { originOf } from '../url';
import { HandlerError } from './handler-error';

/** A navigation to which another site has led. */
export function isFromAnotherSite({ headers }: Request): boolean {
  return headers.get('sec-fetch-site') === 'cross-site';
}

/** An app sends none of these; a browser sends one of them, an old one at least a referrer. */
export function isOfApp({ headers }: Request): boolean {
  const isBrowser = ['origin', 'sec-fetch-site', 'referer'].some((name) => headers.has(name));
  return !isBrowser && /^bearer /i.test(headers.get('authorization') ?? '');
}

/**
 * Accepts requests from pages at allowed origins, and from apps: another site cannot make a browser send a bearer token.
 * @throws HandlerError `request_refused`
 */
export function requireOwnOrigin(request: Request, addresses: ServiceAddresses): void {
  const { headers } = request;
  const site = headers.get('sec-fetch-site');
  // Also where the page's policy hides its origin ("null").
  if (site === 'same-origin') return;
  const origin = headers.get('origin');
  if (origin !== null) {
    if (allowedOrigins(addresses).has(origin)) return;
    if (!/^(https?:|null$)/.test(origin))
      throw originRefused(
        'It comes from an app whose pages have an origin of their own. Let the app send it by native HTTP, without `Origin`.',
      );
    throw originRefused(
      'It comes from a page at another origin. If that page is yours, add its origin to `returnOrigins` of `new Connections`.',
    );
  }
  if (isOfApp(request)) return;
  throw originRefused(
    site === null
      ? 'It says neither with `Origin` nor with `Sec-Fetch-Site` which page sent it. An app has to send a bearer token.'
      : 'It was not sent by a page of this service.',
  );
}

/**
 * A browser refuses the cookie that ties a flow to it in the answer to a script of another site, so that the flow could never be
 * completed.
 * @throws HandlerError `request_refused`
 */
export function requireBinding({ headers }: Request): void {
  if (headers.get('sec-fetch-site') !== 'cross-site' || headers.get('sec-fetch-mode') === 'navigate') return;
  throw originRefused(
    'It comes from a script of another site, and browsers refuse the cookie of this service there, without which the authorization could not be ' +
      'completed. Serve the pages and the service below one site, such as `app.example.com` and `api.example.com`, or forward `/connections` ' +
      'from the site of the pages.',
  );
}

/** The origin of the front door at which a request arrived, if it is one of the `callbackOrigins`. */
export function frontDoor({ headers, url }: Request, addresses: ServiceAddresses): string | undefined {
  const [forwarded] = headers.get('x-forwarded-host')?.split(',') ?? [];
  const host = (forwarded?.trim() || headers.get('host') || new URL(url).host).toLowerCase();
  const doors = addresses.callbackOrigins.map((origin) => new URL(origin));
  // The port may be that of a proxy.
  const hostname = host.replace(/:\d+$/, '');
  const door = doors.find((each) => each.host === host) ?? doors.find((each) => each.hostname === hostname);
  return door?.origin;
}

function allowedOrigins({ publicUrl, callbackOrigins, returnOrigins }: ServiceAddresses): Set<string | null> {
  const all = [...(publicUrl === null ? [] : [publicUrl]), ...callbackOrigins, ...returnOrigins];
  return new Set(all.map(originOf));
}

function originRefused(why: string): HandlerError {
  return new HandlerError('request_refused', `This request was refused, and nothing was done. ${why}`);
}
