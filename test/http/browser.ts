/** A browser as far as a service can see it: what it tells of where a request comes from, and which cookies it sends and keeps. */

import { addressAhead } from '../setup/leading-page';

/** What answers at every address that is not at the provider. */
export type Serve = (request: Request) => Promise<Response>;

interface Cookie {
  readonly value: string;
  readonly sameSite: 'strict' | 'lax' | 'none';
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Site = 'none' | 'same-origin' | 'same-site' | 'cross-site';
type Kind = 'navigation' | 'script' | 'image';

export class Browser {
  /** By origin and name. */
  private readonly cookies = new Map<string, Cookie>();

  /** @param speaksFetchMetadata false for a browser from before `Sec-Fetch-Site` */
  constructor(
    private readonly serve: Serve,
    private readonly speaksFetchMetadata = true,
  ) {}

  /** A script of a page sends a request, with credentials. */
  script(page: string, address: string, sent: Sent = {}): Promise<Response> {
    return this.send('script', page, address, sent);
  }

  /** A page shows an image of that address. */
  image(page: string, address: string): Promise<Response> {
    return this.send('image', page, address, {});
  }

  /** The user follows a link or a redirect of a page, or sends its form; null for an address that was typed. */
  async navigate(
    page: string | null,
    address: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (form === undefined) {
      const response = await this.send('navigation', page, address, {});
      const next = addressAhead(await response.clone().text(), address);
      return next === null ? response : this.navigate(new URL(address).origin, next);
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    return this.send('navigation', page, address, { method: 'POST', headers, body });
  }

  cookie(origin: string, name: string): string | undefined {
    return this.cookies.get(`${origin} ${name}`)?.value;
  }

  setCookie(origin: string, name: string, value: string, sameSite: Cookie['sameSite'] = 'lax'): void {
    this.cookies.set(`${origin} ${name}`, { value, sameSite });
  }

  private async send(
    kind: Kind,
    page: string | null,
    address: string,
    { method = 'GET', headers: given = {}, body }: Sent,
  ): Promise<Response> {
    const { origin } = new URL(address);
    const site = siteBetween(page, address);
    const headers = new Headers(given);
    const isRead = method === 'GET' || method === 'HEAD';
    if (page !== null && (!isRead || (kind === 'script' && site !== 'same-origin')))
      headers.set('origin', page);
    if (this.speaksFetchMetadata) {
      headers.set('sec-fetch-site', site);
      headers.set('sec-fetch-mode', { navigation: 'navigate', script: 'cors', image: 'no-cors' }[kind]);
      headers.set('sec-fetch-dest', { navigation: 'document', script: 'empty', image: 'image' }[kind]);
    }
    if (kind === 'navigation') headers.set('accept', 'text/html,application/xhtml+xml,*/*;q=0.8');
    const isTopLevelRead = kind === 'navigation' && isRead;
    const cookies = [...this.cookies].flatMap(([key, { value, sameSite }]) => {
      const [at, name] = key.split(' ');
      const goes = site !== 'cross-site' || sameSite === 'none' || (sameSite === 'lax' && isTopLevelRead);
      return at === origin && goes ? [`${name}=${value}`] : [];
    });
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await this.serve(
      new Request(address, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
    // What another site embeds may set no cookie but one of `SameSite=None`.
    const keeps = site !== 'cross-site' || kind === 'navigation';
    for (const line of response.headers.getSetCookie()) this.keep(origin, line, keeps);
    return response;
  }

  private keep(origin: string, line: string, isFirstParty: boolean): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const has = (attribute: string) => attributes.some((each) => each.toLowerCase() === attribute);
    const sameSite = has('samesite=none') ? 'none' : has('samesite=strict') ? 'strict' : 'lax';
    const isDomainWide = attributes.some((each) => /^domain=/i.test(each));
    if (name.startsWith('__Host-') && (!has('secure') || !has('path=/') || isDomainWide)) return;
    if (!isFirstParty && sameSite !== 'none') return;
    if (has('max-age=0')) this.cookies.delete(`${origin} ${name}`);
    else this.cookies.set(`${origin} ${name}`, { value, sameSite });
  }
}

/** As browsers compare them; a site is what is left of a host below `.test`, or the whole host. */
function siteBetween(page: string | null, address: string): Site {
  if (page === null) return 'none';
  if (page === 'null') return 'cross-site';
  const [from, to] = [new URL(page), new URL(address)];
  if (from.origin === to.origin) return 'same-origin';
  const siteOf = ({ protocol, hostname }: URL) =>
    `${protocol}${hostname.endsWith('.test') ? hostname.split('.').slice(-2).join('.') : hostname}`;
  return siteOf(from) === siteOf(to) ? 'same-site' : 'cross-site';
}
