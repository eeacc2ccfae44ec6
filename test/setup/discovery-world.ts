/** An MCP world beside another origin, and what its discovery comes to. */
import { beforeAll, beforeEach } from 'vitest';
import { atEndOfTests } from './at-end';
import { McpWorld } from './mcp-world';
import type { Page } from './site';
import { Site, answer } from './site';

export type OAuth = NonNullable<Parameters<McpWorld['connections']>[0]>;

/** What the MCP server is asked without a token, and answers with this challenge. */
export const challenge = (parameters: string): Page =>
  answer(401, {}, { 'www-authenticate': `Bearer ${parameters}` });

export class DiscoveryWorld {
  readonly world = McpWorld.forEachTest('sqlite');
  /** Another origin, which a connection trusts only with `trustOfBoth`. */
  elsewhere!: Site;

  /** To be called once in a file, whose tests share it. */
  constructor() {
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.elsewhere = await Site.open(atEnd);
    });
    beforeEach(() => {
      this.elsewhere.pages.clear();
      this.elsewhere.requests.length = 0;
    });
  }

  /** Options of a host whose connection may reach its authorization server and the other origin. */
  get trustOfBoth() {
    const origins = [this.world.auth, this.elsewhere].map(({ origin }) => [origin, ['linear']]);
    return { trustedOrigins: Object.fromEntries(origins) as Record<string, string[]> };
  }

  begin(oauth?: OAuth, options = {}): Promise<URL> {
    return this.world.begin(this.world.connections(oauth, options));
  }
}
