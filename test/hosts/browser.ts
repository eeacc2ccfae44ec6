/** A user's browser, as far as the routes depend on it: cookies and their `SameSite`, and who is said to have sent a request. */
import { addressAhead } from '../setup/leading-page';
import { PUBLIC_ORIGIN } from './service';
import type { Received, Sent, Transport } from './transport';

interface Cookie {
  readonly value: string;
  readonly sameSite: string;
}

export class Browser {
  private readonly cookies = new Map<string, Cookie>();

  constructor(
    private readonly transport: Transport,
    private readonly port: number,
  ) {}

  /** The user follows a link, or is redirected, and where a page leads on by itself; from another site, `Strict` cookies stay behind. */
  async open(address: string, from: 'same-origin' | 'cross-site' | 'none' = 'none'): Promise<Received> {
    const received = await this.send('GET', address, {
      accept: 'text/html,application/xhtml+xml',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': from,
    });
    const next = addressAhead(received.body, new URL(address, PUBLIC_ORIGIN).href);
    return next === null ? received : this.open(next, 'same-origin');
  }

  /** A script of the service's page, whose requests have the type of JSON whether they have a body or not. */
  async script(method: string, address: string): Promise<Received> {
    return this.send(method, address, {
      accept: 'application/json',
      'content-type': 'application/json',
      'sec-fetch-mode': 'cors',
      'sec-fetch-site': 'same-origin',
      ...(method === 'GET' ? {} : { origin: PUBLIC_ORIGIN }),
    });
  }

  /** A form of the service's page, or of another site. */
  async submit(
    address: string,
    fields: Readonly<Record<string, string>> = {},
    from: 'same-origin' | 'cross-site' = 'same-origin',
  ): Promise<Received> {
    const headers = {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      origin: from === 'same-origin' ? PUBLIC_ORIGIN : 'https://evil.example.test',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': from,
    };
    return this.send('POST', address, headers, new URLSearchParams(fields).toString());
  }

  private async send(
    method: string,
    address: string,
    headers: Sent['headers'],
    body?: string,
  ): Promise<Received> {
    const { host, pathname, search } = new URL(address, PUBLIC_ORIGIN);
    const isCrossSite = headers['sec-fetch-site'] === 'cross-site';
    const sentCookies = [...this.cookies].filter(([, { sameSite }]) =>
      isCrossSite ? sameSite === 'lax' && method === 'GET' : true,
    );
    const cookie = sentCookies.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const all = { host, ...headers, ...(cookie && { cookie }) };
    const received = await this.transport(this.port, {
      method,
      path: `${pathname}${search}`,
      headers: all,
      body,
    });
    for (const line of received.headers['set-cookie'] ?? []) this.keep(line);
    return received;
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    const sameSite = attributes.map((each) => /^\s*samesite=(\w+)/i.exec(each)?.[1]).find(Boolean) ?? 'lax';
    this.cookies.set(name, { value: value.join('='), sameSite: sameSite.toLowerCase() });
  }
}
