/** What the compiler knows of names and mocks. `npm run types` is the test; the run shows that it is the same at run time. */
import { expect, expectTypeOf, it } from 'vitest';
import type { ConnectionRegistry, Connections, ReauthorizationReason } from '../../src';
import { ConnectionsError, findConnectionsError, isConnectionsError } from '../../src';
import type { ConnectionsErrorOf } from '../../src/errors';

/** A host's own test double: no class of ours. */
function fakeConnections<Name extends string>(served: string[]): Connections<Name> {
  const unused = () => Promise.reject(new Error('not in this test'));
  return {
    getAccessToken: async (userId, connectionName) => {
      served.push(`${userId} ${connectionName}`);
      return { accessToken: 'at', expiresAt: null, scopes: [] };
    },
    fetchFor: () => unused,
    authorize: unused,
    complete: unused,
    list: unused,
    disconnect: unused,
    importTokens: unused,
    importAll: unused,
    refreshExpiring: unused,
    renameUser: unused,
    renameConnection: unused,
    forgetUser: unused,
    reencrypt: unused,
    requireScopes: () => undefined,
    clientMetadata: async () => undefined,
    on: () => () => undefined,
    close: async () => undefined,
    registry: { get: unused, list: async () => [], names: async () => [] },
    addresses: { publicUrl: null, callbackPath: '/', callbackOrigins: [], returnOrigins: [] },
  };
}

it('an object with the members of Connections is one, and names are checked by the compiler', async () => {
  const served: string[] = [];
  const connections = fakeConnections<'github' | 'slack'>(served);
  await connections.getAccessToken('ada', 'github');
  // @ts-expect-error: the user id comes first
  await connections.getAccessToken('github', 'ada');
  // @ts-expect-error: not declared
  await connections.getAccessToken('ada', 'gitlab');
  expect(served).toEqual(['ada github', 'github ada', 'ada gitlab']);
});

it('a name from outside becomes one that the compiler accepts, through the registry', async () => {
  const registry: ConnectionRegistry<'github'> = {
    get: async () => ({ name: 'github' }) as never,
    list: async () => [],
    names: async () => [],
  };
  const served: string[] = [];
  const connections = fakeConnections<'github'>(served);
  const fromOutside: string = 'github';
  const { name } = await registry.get(fromOutside);
  await connections.getAccessToken('ada', name);
  for (const connection of await connections.list('ada').catch(() => [])) {
    await connections.disconnect('ada', connection.name);
  }
  expect(served).toEqual(['ada github']);
});

it('a Connections of some names serves where any name is accepted', () => {
  const some: Connections<'github'> = fakeConnections([]);
  const any: Connections = some;
  expect(any).toBe(some);
});

it('an error of one code has the details of that code', () => {
  const error: unknown = new ConnectionsError('insufficient_scope', 'm', {
    connectionName: 'a',
    scopes: ['b'],
  });
  if (!isConnectionsError(error, 'insufficient_scope')) throw error;
  expectTypeOf(error.connectionName).toEqualTypeOf<string>();
  expectTypeOf(error.scopes).toEqualTypeOf<readonly string[]>();
  expectTypeOf<ConnectionsErrorOf<'not_connected'>['account']>().toEqualTypeOf<string>();
  expectTypeOf<ConnectionsErrorOf<'authorization_denied'>['returnTo']>().toEqualTypeOf<string | null>();
  expectTypeOf<ConnectionsErrorOf<'provider_unavailable'>['retryAt']>().toEqualTypeOf<Date | null>();
  expectTypeOf<ConnectionsErrorOf<'database_busy'>['connectionName']>().toEqualTypeOf<string | undefined>();
  expect(error.scopes).toEqual(['b']);
  const one: unknown = new ConnectionsError('not_connected', 'm', { connectionName: 'a', account: 'b' });
  if (!isConnectionsError(one, 'not_connected', 'reauthorization_required')) throw one;
  expectTypeOf(one.account).toEqualTypeOf<string>();
  const found = findConnectionsError(one, 'reauthorization_required');
  expectTypeOf(found?.reason).toEqualTypeOf<ReauthorizationReason | undefined>();
  expect(found).toBeUndefined();
});
