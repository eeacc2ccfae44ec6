/** Rows that are restored in another database: they open there only when its context is the one that they were written in. */
import type { DataSource } from 'typeorm';
import { beforeAll, expect, it } from 'vitest';
import type { KeyRingOptions } from '../../src';
import {
  ConnectionClientRegistration,
  ConnectionOAuthState,
  UserConnectionToken,
  keyRing,
  runConnectionMigrations,
} from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { keyOf } from '../setup/connected';
import { describeEachEngine, testDatabase } from '../setup/database';
import { McpWorld } from '../setup/mcp-world';

const encrypted = [UserConnectionToken, ConnectionOAuthState, ConnectionClientRegistration] as const;
const invalid = { code: 'ciphertext_invalid', message: expect.stringContaining('`previousContexts`') };

describeEachEngine('A dump in another database', (engine) => {
  const world = McpWorld.forTests(engine);
  const atEnd = atEndOfTests();
  /** The callback of a flow that has not come back. */
  let callback: string;
  /** Another name of database or schema, and of the tables. */
  let other: DataSource;
  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    other = await database.connect({ entityPrefix: 'restored_' });
    await runConnectionMigrations(other);
    const original = within({ context: 'production' });
    await world.connect(original);
    const url = await world.begin(original, 'ole');
    const { pathname } = new URL(url.searchParams.get('redirect_uri') ?? '');
    callback = `${pathname}?code=code&state=${url.searchParams.get('state') ?? ''}`;
  });

  function within(options: Pick<KeyRingOptions, 'context' | 'previousContexts'>, dataSource?: DataSource) {
    const cipher = keyRing({ current: 'k1', keys: { k1: keyOf('1') }, ...options });
    return world.connections(undefined, { cipher }, dataSource);
  }

  /** The other database, with every encrypted row as it was written. */
  async function restored(): Promise<DataSource> {
    for (const entity of encrypted) {
      const rows = await world.host.dataSource.getRepository<object>(entity).find();
      expect(rows).not.toEqual([]);
      const copies = other.getRepository<object>(entity);
      await copies.deleteAll();
      await copies.insert(rows);
    }
    return other;
  }

  it('opens with the same context: tokens, registered clients and flows', async () => {
    const connections = within({ context: 'production' }, await restored());
    expect((await connections.getAccessToken('ada', 'linear')).accessToken).toMatch(/^at-/);
    const { registered } = world;
    await connections.complete(callback, { userId: 'ole' });
    await connections.authorize('eve', 'linear');
    expect(world.registered).toBe(registered);
  });

  it.each([
    ['another context', { context: 'staging' }],
    ['no context', {}],
    ['other contexts before', { context: 'staging', previousContexts: [null, 'Production'] }],
  ])('does not open with %s, and nothing in it changes', async (_what, options) => {
    const dataSource = await restored();
    const connections = within(options, dataSource);
    const asked = world.tokenRequests.length;
    const tokens = () => dataSource.getRepository(UserConnectionToken).find();
    const before = await tokens();
    await expect(connections.getAccessToken('ada', 'linear')).rejects.toMatchObject(invalid);
    await expect(connections.authorize('eve', 'linear')).rejects.toMatchObject(invalid);
    await expect(connections.complete(callback, { userId: 'ole' })).rejects.toMatchObject(invalid);
    expect(await connections.reencrypt()).toMatchObject({
      rewritten: 0,
      skipped: 0,
      failures: [
        { userId: 'ada', code: 'ciphertext_invalid' },
        { connectionName: 'linear', code: 'ciphertext_invalid' },
      ],
    });
    expect([await tokens(), world.tokenRequests.length]).toEqual([before, asked]);
  });

  it('opens with its context as the previous one, until `reencrypt` has made it unnecessary', async () => {
    const dataSource = await restored();
    const moving = within({ context: 'staging', previousContexts: ['production'] }, dataSource);
    const { accessToken } = await moving.getAccessToken('ada', 'linear');
    await moving.complete(callback, { userId: 'ole' });
    expect(await moving.reencrypt()).toMatchObject({ rewritten: 2, skipped: 0, failed: 0 });
    const after = within({ context: 'staging' }, dataSource);
    expect((await after.getAccessToken('ada', 'linear')).accessToken).toBe(accessToken);
    await after.authorize('eve', 'linear');
    expect(await after.reencrypt()).toMatchObject({ rewritten: 0, current: 3, skipped: 0, failed: 0 });
  });

  it('gives no token of the other database, not even to the same user id', async () => {
    const dataSource = await restored();
    const staging = within({ context: 'staging' }, dataSource);
    const replaceSavedBefore = new Date(Date.now() + 60_000);
    await staging.importTokens('ada', 'linear', { accessToken: 'at-of-staging' }, { replaceSavedBefore });
    const [{ accessTokenEncrypted } = { accessTokenEncrypted: '' }] = await world.host.rows.findBy({
      userId: 'ada',
    });
    const rows = dataSource.getRepository(UserConnectionToken);
    expect((await staging.getAccessToken('ada', 'linear')).accessToken).toBe('at-of-staging');
    await rows.update({ userId: 'ada' }, { accessTokenEncrypted });
    await expect(staging.getAccessToken('ada', 'linear')).rejects.toMatchObject(invalid);
  });
});
