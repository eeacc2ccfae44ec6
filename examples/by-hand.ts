/**
 * The same pieces called in order by hand, without MetadataStore, on a DataSource that is the host's own, with its own
 * entities and migrations. Run it with `npm run example:by-hand`.
 */
import { fileURLToPath } from 'node:url';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Column, DataSource, Entity, PrimaryColumn, Table } from 'typeorm';
import {
  ConnectionConfig,
  connectionEntities,
  loadConnections,
  runConnectionMigrations,
  syncConnectionConfigs,
  tableRegistry,
} from 'mcp-connections';
import { printReport } from './report-table';

@Entity({ name: 'users' })
class User {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'email', type: 'varchar', length: 255 })
  email!: string;
}

class CreateUsers1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const columns = [
      { name: 'id', type: 'varchar', length: '36', isPrimary: true },
      { name: 'email', type: 'varchar', length: '255' },
    ];
    await queryRunner.createTable(new Table({ name: 'users', columns }));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('users');
  }
}

const dataSource = new DataSource({
  type: 'better-sqlite3',
  database: ':memory:',
  entities: [User, ...connectionEntities],
  migrations: [CreateUsers1790000000000],
});

await dataSource.initialize();
await dataSource.runMigrations();
await runConnectionMigrations(dataSource);
const declared = await loadConnections({ file: fileURLToPath(new URL('connections.json', import.meta.url)) });
const configs = dataSource.getRepository(ConnectionConfig);
printReport('By hand', await syncConnectionConfigs(declared, configs));

await configs.update({ name: 'slack' }, { enabled: false });
const again = await syncConnectionConfigs(declared, configs);
console.log(
  `\nAn operator switched slack off; the next sync left that alone (${again.updated.length} updated).`,
);
const usable = await tableRegistry(configs, { document: declared }).list();
console.log(`Usable now: ${usable.map(({ name }) => name).join(', ')}`);

await dataSource.getRepository(User).insert({ id: '1', email: 'ada@example.test' });
await dataSource.transaction(async (manager) => {
  const report = await syncConnectionConfigs(declared, manager.getRepository(ConnectionConfig));
  console.log(`Inside a transaction of the host's own: committed is ${report.committed}, the host decides.`);
});
await dataSource.destroy();
