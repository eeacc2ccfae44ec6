/** Write access to the tables opens no secret: a ciphertext that was changed or moved is refused, and stays. */
import fc from 'fast-check';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectionClientRegistration, ConnectionOAuthState, UserConnectionToken, keyRing } from '../../src';
import { HOUR_MS, keyOf } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';
import { McpWorld } from '../setup/mcp-world';
import { callbackOf } from './callbacks';
import type { Change } from './ciphertext-changes';
import { alterations } from './ciphertext-changes';
import { describeEngines } from './engines';
import { codeOf } from './outcome';
import { runs } from './size';

const refusals = ['ciphertext_invalid', 'key_unknown'];
const users = ['ada', 'bob', 'Ada'];
const names = ['atlassian', 'github'];
const accounts = ['default', 'work'];

/** A column with a ciphertext, and the way to have it opened. */
interface Place {
  readonly what: string;
  readonly entity: EntityTarget<ObjectLiteral>;
  readonly where: ObjectLiteral;
  readonly column: string;
  readonly text: string;
  readonly open: () => Promise<unknown>;
}

describeEngines('Ciphertexts in the tables', (engine) => {
  const world = McpWorld.forTests(engine);
  let connections: Connections;
  let discovered: Connections;
  /** With another key that encrypts. */
  let rotated: Connections;
  let places: Place[];
  beforeAll(async () => {
    const { host, auth } = world;
    const oauth_config = {
      client_id: 'c',
      authorize_url: `${auth.origin}/authorize`,
      token_url: `${auth.origin}/token`,
    };
    const config = declaration(Object.fromEntries(names.map((name) => [name, entry({ oauth_config })])));
    const [k1, k2] = [keyOf('1'), keyOf('2')];
    const cipher = keyRing({ current: 'k1', keys: { k1 } });
    connections = host.connections({ publicUrl: 'https://api.example.test', cipher }, config);
    rotated = host.connections({ cipher: keyRing({ current: 'k2', keys: { k1, k2 } }) }, config);
    discovered = world.connections(undefined, { cipher });
    await discovered.authorize('ada', 'linear');
    places = [...(await tokens()), await registration()];
  });
  const repository = (entity: EntityTarget<ObjectLiteral>) => world.host.dataSource.getRepository(entity);
  async function tokens(): Promise<Place[]> {
    const found: Place[] = [];
    for (const userId of users) {
      for (const connectionName of names) {
        for (const account of accounts) {
          const end = [userId, connectionName, account].join('-');
          const given = {
            accessToken: `at-${end}`,
            refreshToken: `rt-${end}`,
            expiresAt: new Date(Date.now() + HOUR_MS),
          };
          await connections.importTokens(userId, connectionName, given, { account });
          const row = await world.host.rows.findOneByOrFail({ userId, connectionName, account });
          const of = { entity: UserConnectionToken, where: { id: row.id } };
          const what = `the tokens of ${end}`;
          const get = (options = {}) =>
            connections.getAccessToken(userId, connectionName, { account, ...options });
          found.push(
            {
              ...of,
              what,
              column: 'accessTokenEncrypted',
              text: row.accessTokenEncrypted,
              open: () => get(),
            },
            {
              ...of,
              what,
              column: 'refreshTokenEncrypted',
              text: row.refreshTokenEncrypted ?? '',
              open: () => get({ rejectedToken: `at-${end}` }),
            },
          );
        }
      }
    }
    return found;
  }

  async function registration(): Promise<Place> {
    const [row] = await world.host.dataSource.getRepository(ConnectionClientRegistration).find();
    const { id = '', clientEncrypted = '' } = row ?? {};
    return {
      what: 'the registration',
      entity: ConnectionClientRegistration,
      where: { id },
      column: 'clientEncrypted',
      text: clientEncrypted,
      open: () => discovered.authorize('ada', 'linear'),
    };
  }

  /** A flow of its own each time, since opening its verifier uses it up. */
  async function verifier(): Promise<Place> {
    await repository(ConnectionOAuthState).deleteAll();
    const { authorizationUrl } = await connections.authorize('ada', 'atlassian');
    const [row] = await world.host.dataSource.getRepository(ConnectionOAuthState).find();
    return {
      what: 'the verifier',
      entity: ConnectionOAuthState,
      where: { state: row?.state ?? '' },
      column: 'codeVerifier',
      text: row?.codeVerifier ?? '',
      open: () => connections.complete(callbackOf(authorizationUrl), { userId: 'ada' }),
    };
  }

  /** A claim on a refresh is no part of what must stay. */
  async function rowOf({ entity, where }: Place): Promise<ObjectLiteral | null> {
    const row = await repository(entity).findOneBy(where);
    if (row === null) return null;
    const { claimedGeneration: _claimed, leaseExpiresAt: _lease, ...rest } = row;
    return rest;
  }

  async function attack(place: Place, text: string): Promise<void> {
    // Of a registration, an empty text is no ciphertext: it says that there is none yet.
    if (place.entity === ConnectionClientRegistration && text === '') return;
    await repository(place.entity).update(place.where, { [place.column]: text });
    const before = await rowOf(place);
    const requests = world.tokenRequests.length;
    expect(refusals, `${place.what}, ${place.column}: ${text}`).toContain(await codeOf(place.open()));
    // A flow is used up by its callback.
    if (place.entity !== ConnectionOAuthState) expect(await rowOf(place)).toEqual(before);
    expect(world.tokenRequests).toHaveLength(requests);
    await repository(place.entity).update(place.where, { [place.column]: place.text });
  }

  it('open in no place but their own, and in no other form, and stay as they are', async () => {
    const { text: spent } = await verifier();
    const swap = fc.nat().map((from) => ({ from }));
    const change = fc.oneof(swap, swap, alterations);
    await fc.assert(
      fc.asyncProperty(fc.nat(places.length), change, async (to, how: { readonly from: number } | Change) => {
        const place = places[to] ?? (await verifier());
        const others = [spent, ...places.map(({ text }) => text)].filter((text) => text !== place.text);
        await attack(place, 'of' in how ? how.of(place.text) : (others[how.from % others.length] ?? ''));
      }),
      { ...runs(6, 700), endOnFailure: true },
    );
    for (const { open, column } of places) if (column !== 'refreshTokenEncrypted') await open();
  });

  it('do not open for an account that a row was moved to', async () => {
    const moved = fc.tuple(fc.nat(), fc.constantFrom('userId', 'connectionName', 'account'));
    await fc.assert(
      fc.asyncProperty(moved, async ([index, column]) => {
        const place = places[index % (places.length - 1)];
        const row = await world.host.rows.findOneByOrFail(place?.where ?? {});
        const { userId, connectionName, account } = row;
        // To another account at the same connection, or at the other connection to an account that is free.
        const to = { userId, connectionName, account, [column]: 'eve' };
        if (column === 'connectionName') {
          Object.assign(to, {
            connectionName: names.find((name) => name !== connectionName),
            account: 'eve',
          });
        }
        await world.host.rows.update({ id: row.id }, to);
        const got = connections.getAccessToken(to.userId, to.connectionName, { account: to.account });
        expect(await codeOf(got)).toBe('ciphertext_invalid');
        await world.host.rows.update({ id: row.id }, { userId, connectionName, account });
      }),
      { ...runs(2, 100), endOnFailure: true },
    );
  });

  it('stay as they are when they are encrypted again', async () => {
    const [first, second] = places.filter(({ column }) => column === 'accessTokenEncrypted');
    if (!first || !second) throw new Error('no rows');
    await repository(first.entity).update(first.where, { [first.column]: second.text });
    const before = await rowOf(first);
    const { rewritten, failed } = await rotated.reencrypt();
    expect(failed).toBe(1);
    // All other rows, and the registration.
    expect(rewritten).toBe(places.filter(({ column }) => column !== 'refreshTokenEncrypted').length - 1);
    expect(await rowOf(first)).toEqual(before);
    expect(await codeOf(first.open())).toBe('ciphertext_invalid');
  });
});
