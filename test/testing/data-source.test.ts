import { Column, Entity, PrimaryColumn } from 'typeorm';
import { expect, it } from 'vitest';
import { ConnectionConfig } from '../../src/entities';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { createTestDataSource } from '../../src/testing';
import { declaration, entry } from '../setup/declarations';

@Entity({ name: 'users' })
class User {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'email', type: 'text' })
  email!: string;
}

it('createTestDataSource gives the connection tables and those of the host', async () => {
  const dataSource = await createTestDataSource([User]);
  await dataSource.getRepository(User).insert({ id: '1', email: 'ada@example.test' });
  const report = await syncConnectionConfigs(
    declaration({ a: entry() }),
    dataSource.getRepository(ConnectionConfig),
  );
  expect([report.created, await dataSource.getRepository(User).count()]).toEqual([['a'], 1]);
  await dataSource.destroy();
});
