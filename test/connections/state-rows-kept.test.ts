/** How long an authorization in flight is kept, and what ends it. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { eventually } from '../setup/eventually';
import { describeEachEngine } from '../setup/database';
import { StateTable, flow, nobody } from '../setup/state-table';

describeEachEngine('StateRows', (engine) => {
  const table = new StateTable(engine);

  it('keeps the twenty newest flows of a user who completes none, and all of others', async () => {
    const own = { ...flow, userId: 'Many' };
    const digests: string[] = [];
    const { rows } = table;
    const another = await table.begun(flow);
    for (let round = 0; round < 25; round += 1) {
      const digest = await table.begun(own);
      digests.push(digest);
      const expiresAt = new Date(Date.now() + 100_000 + round * 1000);
      await rows.update({ state: digest }, { expiresAt });
    }
    const kept = async () => (await rows.findBy({ userId: 'Many' })).map(({ state }) => state);
    await eventually(async () => expect(await kept()).toHaveLength(20));
    expect((await kept()).toSorted()).toEqual(digests.slice(-20).toSorted());
    expect(await table.count(another)).toBe(1);
  });

  it('keeps no more of a user whose every flow begins in another process', async () => {
    for (let round = 0; round < 25; round += 1) {
      const process = table.newProcess();
      await process.put(table.newDigest(), { ...flow, userId: 'Spread' });
    }
    const { rows } = table;
    await eventually(async () => expect(await rows.countBy({ userId: 'Spread' })).toBe(20));
  });

  it('forgets the flows of one user and of nobody else', async () => {
    const [mine, others] = [
      await table.begun({ ...flow, userId: 'Eve' }),
      await table.begun({ ...flow, userId: 'eve' }),
    ];
    expect(await table.states.endAll({ userId: 'Eve' })).toBe(true);
    expect([await table.count(mine), await table.count(others)]).toEqual([0, 1]);
    expect(await table.states.endAll({ userId: 'Eve' })).toBe(false);
  });

  it('keeps a flow that was taken for ten minutes more, as the exchange may take its time', async () => {
    const own = { ...flow, userId: 'Slow' };
    const [open, taken, old] = [await table.begun(own), await table.begun(own), await table.begun(own)];
    const { rows } = table;
    const expired = (digest: string, ago: number) =>
      rows.update({ state: digest }, { expiresAt: new Date(Date.now() - ago) });
    for (const digest of [taken, old]) await table.take(digest, { ...nobody, userId: 'Slow' });
    await Promise.all([expired(open, 1000), expired(taken, 590_000), expired(old, 610_000)]);
    // The first flow of another process sweeps.
    const sweeping = table.newProcess();
    await sweeping.put(table.newDigest(), flow);
    await eventually(async () =>
      expect(await Promise.all([open, taken, old].map((digest) => table.count(digest)))).toEqual([0, 1, 0]),
    );
  });

  it('ends a flow that was taken with this grant, and no other', async () => {
    const [digest, grantId] = [await table.begun(flow), randomUUID()];
    expect(await table.states.end(digest, grantId)).toBe(false);
    await table.states.take(digest, { ...nobody, userId: 'Zoë' }, grantId);
    expect(await table.states.end(digest, randomUUID())).toBe(false);
    expect(await table.states.end(digest, grantId)).toBe(true);
    expect(await table.count(digest)).toBe(0);
  });

  it('ends the flows of one account or one connection, taken or not', async () => {
    const own = { userId: 'Ina', connectionName: 'notion', account: 'work' };
    const digests = await Promise.all(
      [own, { ...own, account: 'home' }, { ...own, userId: 'ina' }, { ...own, connectionName: 'linear' }].map(
        (ref) => table.begun({ ...flow, ...ref }),
      ),
    );
    await table.take(digests[0] ?? '', { ...nobody, userId: 'Ina' });
    const counts = () => Promise.all(digests.map((digest) => table.count(digest)));
    expect(await table.states.endAll(own)).toBe(true);
    expect(await counts()).toEqual([0, 1, 1, 1]);
    expect(await table.states.endAll({ connectionName: 'notion' })).toBe(true);
    expect(await counts()).toEqual([0, 0, 0, 1]);
  });

  it('knows of a user who has come back and whose tokens are not saved yet', async () => {
    const ref = { userId: 'Jo', connectionName: 'atlassian', account: 'default' };
    const digest = await table.begun({ ...flow, ...ref });
    const others = [{ userId: 'jo' }, { account: 'work' }, { connectionName: 'Atlassian' }];
    expect(await table.states.hasTaken(ref)).toBe(false);
    await table.take(digest, { ...nobody, userId: 'Jo' });
    expect(await table.states.hasTaken(ref)).toBe(true);
    for (const other of others) expect(await table.states.hasTaken({ ...ref, ...other })).toBe(false);
    const { rows } = table;
    await rows.update({ state: digest }, { expiresAt: new Date(Date.now() - 1000) });
    expect(await table.states.hasTaken(ref)).toBe(true);
  });
});
