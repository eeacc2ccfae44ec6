/** An API that rejects tokens when a test says so, and two processes that call it for their users. */
import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { beforeAll, beforeEach } from 'vitest';
import type { Connections } from '../../src';
import { ApiWorld } from './api-world';
import { codeOf } from './code-of';
import { HOUR_MS } from './connected';
import type { EngineName } from './engine-name';
import { answer } from './site';

/** What both processes say. */
export const both = (state: object) => [state, state];

export class RejectingApi {
  readonly world: ApiWorld;
  connections!: Connections;
  /** Has a DataSource of its own. */
  replica!: Connections;
  private before = 0;

  /** To be called in a `describe`: each test has two new processes. */
  constructor(engine: EngineName) {
    this.world = new ApiWorld(engine);
    const { host } = this.world;
    let dataSource: DataSource;
    beforeAll(async () => {
      dataSource = await host.newDataSource();
    });
    beforeEach(() => {
      this.connections = this.world.connections();
      this.replica = host.connections({}, this.world.config(), dataSource);
      this.before = host.server.refreshes;
    });
  }

  /** Of this test. */
  refreshes(): number {
    return this.world.host.server.refreshes - this.before;
  }

  rejectAll(): void {
    this.world.api.pages.set('/me', answer(401));
  }

  takeAgain(): void {
    this.world.api.pages.set('/me', this.world.guarded());
  }

  call(by: Connections, id: string): Promise<string> {
    return codeOf(by.fetchFor(id, 'atlassian')(this.world.url));
  }

  async token(by: Connections, id: string): Promise<string> {
    return (await by.getAccessToken(id, 'atlassian')).accessToken;
  }

  /** What `list` says in each process, without what only one of them can know. */
  async states(id: string): Promise<readonly object[]> {
    const seen = [];
    for (const by of [this.connections, this.replica]) {
      const account = (await by.list(id)).find(({ name }) => name === 'atlassian')?.accounts[0];
      seen.push({
        status: account?.status,
        ...(account && 'reason' in account && { reason: account.reason }),
      });
    }
    return seen;
  }

  /** A user whose API answers 401 to each token. */
  async refusedUser(): Promise<string> {
    const { id } = await this.world.host.user(this.connections, HOUR_MS);
    this.rejectAll();
    assert.equal(await this.call(this.connections, id), 'token_refused');
    return id;
  }

  async withoutRefreshToken(): Promise<{ id: string; accessToken: string }> {
    const { id, grant } = await this.world.host.user(this.connections, HOUR_MS);
    const { accessToken } = grant;
    const replaceSavedBefore = new Date(Date.now() + HOUR_MS);
    await this.connections.importTokens(id, 'atlassian', { accessToken }, { replaceSavedBefore });
    return { id, accessToken };
  }
}
