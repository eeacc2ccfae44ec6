/** Tells what `discovery.ts` shows as it happens: the steps of a discovery, and the requests that follow from it. */
import type { Connections, ConnectionsOptions } from 'mcp-connections';
import { say, show } from './oauth-print';

const MEANING: Readonly<Record<string, string>> = {
  'challenge: challenge': 'It answers 401, and says which scope it wants and where its metadata is.',
  'resource metadata: document': 'It says of itself which resource it is, and who authorizes for it.',
  'authorization server metadata: absent':
    'RFC 8414 has it there, this server does not: the next place is tried.',
  'authorization server metadata: document':
    'It says where its endpoints are, that it takes PKCE and registers clients.',
};
const SECRET = new Set(['code', 'code_verifier', 'access_token', 'refresh_token', 'client_secret']);

export class Watch {
  private readonly asked = new Set<string>();
  private readonly told = new Set<string>();

  /** In the place of Node's own: sees each request that `Connections` makes. */
  readonly fetch: NonNullable<ConnectionsOptions['fetch']> = async (url, init) => {
    this.asked.add(url);
    const response = await fetch(url, init);
    if (typeof init.body === 'string') await this.tellRequest(url, init.body, response.clone());
    return response;
  };

  /** Shows each step from now on, and says what it means when it is met first. */
  tellSteps(connections: Connections): void {
    connections.on('discovery', ({ what, url, found }) => {
      const isAsked = this.asked.delete(url);
      show(what.replace('authorization ', ''), isAsked ? url : 'cached, no request');
      if (isAsked) show('', this.isFirst(url) ? (MEANING[`${what}: ${found}`] ?? found) : 'As before.');
    });
  }

  private async tellRequest(url: string, body: string, response: Response): Promise<void> {
    const isRegistration = body.startsWith('{');
    say(isRegistration ? 'The client is registered (RFC 7591):' : 'The code is given for tokens:');
    console.log(`  POST ${url}`);
    if (!this.isFirst(url)) return console.log(`  answer ${response.status}, as before`);
    showValues(isRegistration ? (JSON.parse(body) as object) : Object.fromEntries(new URLSearchParams(body)));
    console.log(`  answer ${response.status}`);
    const answer = (await response.json()) as Record<string, unknown>;
    const { client_id, client_secret } = answer;
    showValues(isRegistration ? { client_id, ...(client_secret ? { client_secret } : {}) } : answer);
    if (isRegistration && !client_secret) say('It has no secret: PKCE protects its codes.');
  }

  private isFirst(url: string): boolean {
    const isFirst = !this.told.has(url);
    this.told.add(url);
    return isFirst;
  }
}

function showValues(values: object): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    const text = Array.isArray(value) ? value.join(' ') : String(value);
    show(`  ${name} `, SECRET.has(name) ? `${text.length} characters` : text);
  }
}
