/** Users of one connection whose tokens have expired, and whose rows another program then writes into. */
import { In } from 'typeorm';
import { beforeAll } from 'vitest';
import { engineOf } from '../../src/database/engines';
import { columnName, escapedPath } from '../../src/database/names';
import { statement } from '../../src/database/table-statements';
import type { Connections, UserConnectionToken } from '../../src';
import { atEndOfTests } from './at-end';
import { ConnectedHost, HOUR_MS } from './connected';
import type { EngineName } from './engine-name';
import { TokenEndpoint } from './token-endpoint';

type Value = string | number | null;

/** A value that a column of a user's row has, as no entity would write it. */
export type OddCase = readonly [property: string, named: string, value: Value, userId: string];

/** One case for each value, with a name that fits in a title. */
export function oddCases(
  odd: readonly (readonly [property: keyof UserConnectionToken, values: readonly Value[]])[],
): OddCase[] {
  return odd
    .flatMap(([property, values]) => values.map((value) => ({ property, value })))
    .map(({ property, value }, index) => [property, named(value), value, `odd-${index}`]);
}

function named(value: Value): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 10)}… of ${text.length} characters` : text;
}

export class OddRows {
  readonly host: ConnectedHost;
  connections!: Connections;
  private endpoint!: TokenEndpoint;
  private readonly unused: string[];

  /**
   * To be called in a `describe`.
   * @param cases which are written before its tests
   * @param others how many users there are besides, for `userWith`
   */
  constructor(engine: EngineName, cases: readonly OddCase[], others = 0) {
    this.host = ConnectedHost.forTests(engine);
    this.unused = Array.from({ length: others }, (_, index) => `odd-${cases.length + index}`);
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.endpoint = await TokenEndpoint.start();
      atEnd(() => this.endpoint.stop());
      this.endpoint.otherwise = (response, { body }) => {
        const user = userIn(body);
        const tokens = { access_token: `new of ${user}`, refresh_token: `next of ${user}` };
        response
          .writeHead(user === null ? 500 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ...tokens, team: { id: 'T1' } }));
      };
      const { url, origin } = this.endpoint;
      this.connections = this.host.connections(
        {},
        this.host.config({ token_url: url, revoke_url: `${origin}/revoke`, capture: ['team', 'team.id'] }),
      );
      const users = cases.map(([, , , userId]) => userId);
      await this.importUsers([...users, ...this.unused]);
      // One after the other: SQLite refuses a host's statement while ours are at it.
      for (const [property, , value, userId] of cases) await this.write(userId, property, value);
    });
  }

  /** Their tokens have their name in them, and have expired as if they had been issued an hour ago. */
  private async importUsers(ids: readonly string[]): Promise<void> {
    const { failures } = await this.connections.importAll(
      ids.map((userId) => ({
        userId,
        connectionName: 'atlassian',
        accessToken: `old of ${userId}`,
        refreshToken: `refresh of ${userId}`,
        expiresAt: new Date(Date.now() + HOUR_MS),
      })),
    );
    if (failures.length > 0) throw new Error('not all tokens were imported');
    await this.host.rows.update(
      { userId: In([...ids]) },
      { expiresAt: new Date(), updatedAt: new Date(Date.now() - HOUR_MS) },
    );
  }

  /** Another user, with that value in a column. */
  async userWith(property: string, value: Value): Promise<string> {
    const userId = this.unused.pop();
    if (userId === undefined) throw new Error('there is no user left');
    await this.write(userId, property, value);
    return userId;
  }

  private async write(userId: string, property: string, value: Value): Promise<void> {
    const { dataSource, rows } = this.host;
    const column = (name: string) => dataSource.driver.escape(columnName(rows.metadata, name));
    const { sql, parameters } = statement(
      engineOf(dataSource).dialect,
      (given) =>
        `UPDATE ${escapedPath(dataSource, rows.metadata.tablePath)} SET ${column(property)} = ${given(value)} ` +
        `WHERE ${column('userId')} = ${given(userId)}`,
    );
    await dataSource.query(sql, [...parameters]);
  }

  /** How many requests the provider has had, all of them or those that are not another user's. */
  requests(id?: string): number {
    const users = this.endpoint.requests.map(({ body }) => userIn(body));
    return users.filter((user) => id === undefined || user === null || user === id).length;
  }
}

/** Whose refresh token a request has. */
function userIn(body: string): string | null {
  return / of (odd-\d+)$/.exec(new URLSearchParams(body).get('refresh_token') ?? '')?.[1] ?? null;
}
