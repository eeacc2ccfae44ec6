/** Flows of users, each a new one, at a real authorization server. */
import { beforeAll } from 'vitest';
import type { AuthorizeOptions, Connections, ConnectionsOptions } from '../../src';
import { ConnectionOAuthState } from '../../src';
import { ConnectedHost } from './connected';
import type { EngineName } from './engine-name';

export class UserFlows {
  readonly host: ConnectedHost;
  /** Of a host with a front end of its own. */
  readonly backend: Partial<ConnectionsOptions> = {
    publicUrl: 'https://api.example.test',
    returnOrigins: ['https://app.example.test'],
  };
  connections!: Connections;
  private users = 0;

  /** To be called in a `describe`, whose tests share it. */
  constructor(engine: EngineName) {
    this.host = ConnectedHost.forTests(engine);
    beforeAll(() => {
      this.connections = this.host.connections(this.backend, this.config());
    });
  }

  config() {
    return this.host.config({ authorize_params: { prompt: 'consent' } });
  }

  newUser(): string {
    return `flow-${(this.users += 1)}`;
  }

  states() {
    return this.host.dataSource.getRepository(ConnectionOAuthState);
  }

  /** Where the user is sent to. */
  async begin(userId: string, options: AuthorizeOptions = {}, from = this.connections): Promise<string> {
    const { authorizationUrl } = await from.authorize(userId, 'atlassian', options);
    return authorizationUrl;
  }

  /** Where the user comes back. */
  async callback(userId: string, options: AuthorizeOptions = {}): Promise<string> {
    return this.host.server.visit(await this.begin(userId, options));
  }

  /** Where a user comes back who has said no. */
  async denied(userId: string, options: AuthorizeOptions = {}): Promise<string> {
    const { server } = this.host;
    server.decision = 'deny';
    return this.callback(userId, options).finally(() => (server.decision = 'allow'));
  }
}
