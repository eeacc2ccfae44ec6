/** An MCP world beside another origin, and what its discovery comes to. */
import { beforeAll, beforeEach } from 'vitest';
import { atEndOfTests } from './at-end';
import { McpWorld } from './mcp-world';
import type { Page } from './site';
import { Site, answer } from './site';

export type OAuth = NonNullable<Parameters<McpWorld['connections']>[0]>;

export const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: unknown) => (error as Error).message,
  );
/** What the MCP server is asked without a token, and answers with this challenge. */
export const challenge = (parameters: string): Page =>
  answer(401, {}, { 'www-authenticate': `Bearer ${parameters}` });

export class DiscoveryWorld {
  readonly world = McpWorld.forTests('sqlite');
  /** Another origin, which no connection trusts. */
  elsewhere!: Site;

  /** To be called once in a file, whose tests share it. */
  constructor() {
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.elsewhere = await Site.open(atEnd);
    });
    beforeEach(async () => {
      await this.world.startAnew();
      this.elsewhere.pages.clear();
      this.elsewhere.requests.length = 0;
    });
  }

  begin(oauth?: OAuth, options = {}): Promise<URL> {
    return this.world.begin(this.world.connections(oauth, options));
  }
}
