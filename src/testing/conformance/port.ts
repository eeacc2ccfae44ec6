/** What every port must do, as tests for one that a host has written: the same as the table in memory does. */
import assert from 'node:assert/strict';
import type { ConnectionDeclaration } from '../../config/document';
import type { ConnectionConfigPort } from '../../sync/port';
import { syncConnectionConfigs } from '../../sync/sync';
import { PortPair } from './port-pair';
import type { RegisterTest, TitledTest } from './register';
import { registerAll } from './register';

const BARE: ConnectionDeclaration = { url: 'https://a.test/mcp', auth_type: 'oauth2' };
const FULL: ConnectionDeclaration = {
  url: 'https://b.test/mcp',
  display_name: 'It’s “quoted” \\ 100 % 🎉',
  description: 'a \'b\' "c"; --',
  transport: 'streamable-http',
  icon_url: 'https://b.test/icon.svg',
  cloud_id: '42',
  extra_config: { deep: { list: [1, 'two', null, true] } },
  enabled: false,
  oauth_config: {
    provider: 'atlassian',
    client_id: 'client',
    client_secret_env: 'CLIENT_SECRET',
    authorize_url: 'https://login.test/authorize',
    token_url: 'https://login.test/token',
    redirect_uri: 'https://app.test/callback',
    scopes: ['read', 'offline_access'],
    authorize_params: { audience: 'api' },
  },
};

/**
 * Registers tests that every port has to pass: it keeps rows as they are given, and carries out the writes of a sync in full or not at all.
 * @param makePort called for each test; its table must be empty
 * @param register the `it` of vitest or Jest, or the `test` of `node:test`; default the global `it`
 * @throws ConnectionsError `option_invalid`
 * @example
 * testConnectionConfigPort(() => new InMemoryConnectionConfigs(), it);
 */
export function testConnectionConfigPort(
  makePort: () => ConnectionConfigPort | Promise<ConnectionConfigPort>,
  register?: RegisterTest,
): void {
  const withPair =
    (body: (pair: PortPair) => Promise<void>): TitledTest[1] =>
    async () =>
      body(new PortPair(await makePort()));
  const tests: readonly TitledTest[] = [
    [
      'creates rows that read back as they were declared',
      withPair((pair) => pair.sync({ a: BARE, b: FULL })),
    ],
    [
      'changes nothing when nothing differs',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, b: FULL });
        await pair.sync({ a: BARE, b: FULL });
      }),
    ],
    [
      'updates what differs, and keeps the id',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, b: FULL });
        await pair.sync({ a: { ...BARE, display_name: 'A' }, b: BARE });
      }),
    ],
    [
      'leaves `enabled` alone unless the declaration says it',
      withPair(async (pair) => {
        await pair.sync({ a: { ...BARE, enabled: false }, b: { ...BARE, enabled: false } });
        await pair.sync({ a: { ...BARE, description: 'new' }, b: { ...BARE, enabled: true } });
      }),
    ],
    [
      'marks or deletes what is no longer declared, and takes it back',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, b: FULL, c: BARE });
        await pair.sync({ c: BARE });
        await pair.sync({ b: FULL, c: BARE });
        await pair.sync({}, { onRemoved: 'delete' });
      }),
    ],
    [
      'keeps the rows of other sources as they are',
      withPair(async (pair) => {
        await pair.sync({ a: BARE }, { source: 'crm' });
        await pair.sync({ a: FULL, b: BARE });
        await pair.sync({}, { onRemoved: 'delete' });
      }),
    ],
    [
      'tells names apart byte for byte',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, ä: BARE, b: BARE });
        await pair.sync({ ä: FULL });
      }),
    ],
    [
      'writes nothing where a row has changed since it was read',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, b: BARE });
        const [a, b] = [await pair.row('a'), await pair.row('b')];
        const seen = { ...b, url: 'https://earlier.test/' };
        const row = { ...a, url: 'https://late.test/' };
        const insert = [{ id: '00000000-0000-4000-8000-0000000000aa', row: { ...row, name: 'new' } }];
        const overwrite = [{ row, stored: a }];
        await pair.apply({ insert, overwrite: [...overwrite, { row: { ...row, name: 'b' }, stored: seen }] });
        await pair.apply({ insert, overwrite, disable: [seen] });
        await pair.apply({ insert, overwrite, delete: [seen] });
        await pair.apply({ insert, overwrite });
      }),
    ],
    [
      'writes nothing where a name is taken',
      withPair(async (pair) => {
        await pair.sync({ a: BARE, b: BARE });
        const [a, b] = [await pair.row('a'), await pair.row('b')];
        const insert = [{ id: '00000000-0000-4000-8000-0000000000aa', row: { ...a, enabled: null } }];
        await pair.apply({ insert, delete: [b] });
      }),
    ],
    [
      'lets a sync plan again when another has got in between',
      withPair(async ({ port }) => {
        let isFirst = true;
        const late: ConnectionConfigPort = {
          inHostTransaction: port.inHostTransaction,
          read: (again) => port.read(again),
          async apply(writes) {
            if (isFirst) await syncConnectionConfigs({ mcpServers: { a: BARE } }, port);
            isFirst = false;
            return port.apply(writes);
          },
        };
        const report = await syncConnectionConfigs({ mcpServers: { a: BARE, b: BARE } }, late);
        assert.deepEqual([report.created, report.unchanged], [['b'], ['a']]);
      }),
    ],
    [
      'keeps a thousand rows',
      withPair(async (pair) => {
        const many = (entry: ConnectionDeclaration) =>
          Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`connection-${index}`, entry]));
        await pair.sync(many(BARE));
        await pair.sync({ ...many(BARE), 'connection-7': FULL });
        await pair.sync({}, { onRemoved: 'delete' });
      }),
    ],
  ];
  registerAll('testConnectionConfigPort', makePort, register, tests);
}
