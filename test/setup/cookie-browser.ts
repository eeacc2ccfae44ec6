/** As much of a browser as a flow needs: it follows redirects, and keeps the cookies of each site. */

const MOST_REDIRECTS = 20;

type Init = { readonly method?: string; readonly headers?: Readonly<Record<string, string>> };

export class CookieBrowser {
  /** Where it is. */
  address = '';
  private readonly cookies = new Map<string, Map<string, string>>();

  /** @param stopsBefore addresses that it does not ask for; default none */
  constructor(private readonly stopsBefore: (address: string) => boolean = () => false) {}

  /** @returns the text of the page at which it ends; empty before an address that it does not ask for */
  async open(address: string, init: Init = {}): Promise<string> {
    let answer = await this.request(address, init);
    for (let redirects = 0; answer.status >= 300 && answer.status < 400; redirects += 1) {
      if (redirects === MOST_REDIRECTS) throw new Error('too many redirects');
      const next = new URL(answer.headers.get('location') ?? '', this.address).href;
      if (this.stopsBefore(next)) {
        this.address = next;
        return '';
      }
      answer = await this.request(next, {});
    }
    return answer.text();
  }

  private async request(address: string, { method = 'GET', headers = {} }: Init): Promise<Response> {
    this.address = address;
    const { origin } = new URL(address);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(address, { method, redirect: 'manual', headers: { cookie, ...headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      jar.set(name, value);
    }
    return answer;
  }
}
