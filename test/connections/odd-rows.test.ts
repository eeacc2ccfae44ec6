/** Another program may have written anything into a row of tokens: what it wrote costs nobody the tokens of a refresh. */
import { beforeAll, expect, it } from 'vitest';
import { columnName, escapedPath } from '../../src/database/names';
import { statement } from '../../src/database/table-statements';
import { engineOf } from '../../src/database/engines';
import type { Connections, UserConnectionToken } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { ConnectedHost } from '../setup/connected';
import { TokenEndpoint } from '../setup/token-endpoint';

const texts = [
  "{'cloud_id': 1}",
  '',
  '{"cut": ',
  '[1]',
  '"text"',
  'null',
  '7',
  'ä',
  '{"__proto__": {"a": 1}}',
];
const instants = [
  '',
  'soon',
  'ä',
  '0',
  '2026-11-22 17:04:00',
  '2026-11-22 17:04:00\n',
  '9999-99-99T99:99:99.999Z',
];
const reasons = ['', 'ä', '-', 'two\nlines', 'constructor', 'unknown_reason'];

const odd: readonly (readonly [
  property: keyof UserConnectionToken,
  values: readonly (string | number | null)[],
])[] = [
  ['providerMetadata', texts],
  ['providerMetadata', [`{"a":"${'x'.repeat(59_970)}"}`, '['.repeat(30_000), '{"a":'.repeat(9_000)]],
  ['scopes', ['', ' ', '  read  write ', '["read"]', 'read,write', 'ä'.repeat(7_000)]],
  ['tokenType', ['', 'ä', 'dpop']],
  ['expiresAt', instants],
  ['createdAt', instants],
  ['updatedAt', instants],
  ['grantedAt', [...instants, null]],
  ['grantId', ['', 'ä', null]],
  ['leaseExpiresAt', [...instants, null]],
  ['refusedSince', instants],
  ['statusReason', reasons],
  ['doubt', reasons],
  ['issuer', ['', 'no url', 'ä']],
  ['generation', [0, 5, 2_000_000_000, -1]],
  ['claimedGeneration', [0, 5, 2_000_000_000, -1]],
];

const named = (value: unknown) => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 10)}… of ${text.length} characters` : text;
};

describeEachEngine('A row in which another program has written', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let endpoint: TokenEndpoint;
  let connections: Connections;
  let users = 0;
  beforeAll(async () => {
    endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    const config = host.config({ token_url: endpoint.url, capture: ['team', 'team.id'] });
    connections = host.connections({}, config);
  });

  /** A user whose tokens have expired, with that text in a column, as no entity would write it. */
  async function userWith(property: string, value: string | number | null): Promise<string> {
    const id = `odd-${(users += 1)}`;
    await connections.importTokens(id, 'atlassian', {
      accessToken: `old of ${id}`,
      refreshToken: `refresh of ${id}`,
      expiresAt: new Date(Date.now() + 3_600_000),
    });
    await host.expire(id);
    const { metadata } = host.rows;
    const column = (name: string) => host.dataSource.driver.escape(columnName(metadata, name));
    const { sql, parameters } = statement(
      engineOf(host.dataSource).dialect,
      (given) =>
        `UPDATE ${escapedPath(host.dataSource, metadata.tablePath)} SET ${column(property)} = ${given(value)} ` +
        `WHERE ${column('userId')} = ${given(id)}`,
    );
    await host.dataSource.query(sql, [...parameters]);
    return id;
  }

  const cases = odd.flatMap(([property, values]) =>
    values.map((value) => [property, named(value), value] as const),
  );

  it.each(cases)('has the new tokens after one refresh: %s is %s', async (property, _name, value) => {
    const id = await userWith(property, value);
    let requests = 0;
    endpoint.otherwise = (response) => {
      requests += 1;
      const tokens = { access_token: `new of ${id}`, refresh_token: `next of ${id}` };
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...tokens, team: { id: 'T1' } }));
    };
    const listed = await connections.list(id);
    // A host shows them.
    expect(() =>
      listed[0]?.accounts.map(({ connectedAt, expiresAt }) =>
        [connectedAt, expiresAt].map((at) => at?.toISOString()),
      ),
    ).not.toThrow();
    const token = await connections.getAccessToken(id, 'atlassian');
    expect(token.accessToken).toBe(`new of ${id}`);
    expect(token.scopes).not.toContain('');
    expect(await connections.getAccessToken(id, 'atlassian')).toEqual(token);
    expect(requests).toBe(1);
    const [account] = (await connections.list(id))[0]?.accounts ?? [];
    expect(account).toMatchObject({ status: 'connected', providerMetadata: { 'team.id': 'T1' } });
  });

  it.each([
    ['status', '', 'reauthorization_required'],
    ['status', 'ACTIVE', 'reauthorization_required'],
    ['status', 'expired', 'reauthorization_required'],
    ['configFingerprint', '', 'reauthorization_required'],
    ['configFingerprint', 'ä', 'reauthorization_required'],
    ['refreshTokenEncrypted', '', 'ciphertext_invalid'],
    ['refreshTokenEncrypted', 'a refresh token', 'ciphertext_invalid'],
    ['refreshTokenEncrypted', null, 'reauthorization_required'],
  ])('sends nothing where it could not tell what to send: %s is %j', async (property, value, code) => {
    const id = await userWith(property, value);
    const { claimedGeneration } = await host.row(id);
    let requests = 0;
    endpoint.otherwise = (response) => {
      requests += 1;
      response.writeHead(500).end();
    };
    expect(await codeOf(connections.getAccessToken(id, 'atlassian'))).toBe(code);
    expect([requests, (await host.row(id)).claimedGeneration]).toEqual([0, claimedGeneration]);
  });
});
