/** The module on PostgreSQL, where the DataSource has a pool. Skipped where no server answers. */
import { randomUUID } from 'node:crypto';
import { TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
import { ConnectionConfig, Connections, connectionEntities } from 'mcp-connections';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { Client } from 'pg';
import type { Repository } from 'typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { listening, platforms } from './application';
import { Provider, keys } from './provider';
import { SessionGuard, user } from './session';

const url = process.env['TEST_POSTGRES_URL'] ?? 'postgres://root@127.0.0.1:5432/test';

async function schemaOfItsOwn(): Promise<string | undefined> {
  const client = new Client({ connectionString: url });
  const isThere = await client.connect().then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const schema = `nest_${randomUUID().replaceAll('-', '')}`;
  await client.query(`CREATE SCHEMA ${schema}`);
  onTestFinished(async () => {
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  });
  return schema;
}

it.for(platforms)('serves the routes on %s', async (platform, { skip }) => {
  const schema = await schemaOfItsOwn();
  skip(schema === undefined && process.env['REQUIRE_ALL_ENGINES'] !== '1', 'PostgreSQL does not answer');
  const provider = await Provider.start(onTestFinished);
  const imports = [
    ConnectionsModule.forRoot({
      config: provider.document,
      keys,
      publicUrl: 'https://api.example.test',
      isGlobal: true,
      user,
      routes: { guards: [SessionGuard] },
    }),
    TypeOrmModule.forRoot({ type: 'postgres', url, schema, autoLoadEntities: true, retryAttempts: 0 }),
    TypeOrmModule.forFeature([...connectionEntities]),
  ];
  const { application, origin } = await listening({ imports }, platform);
  await application
    .get(Connections, { strict: false })
    .importTokens('ada', 'github', { accessToken: 'of-ada' });
  const answer = await fetch(`${origin}/connections/github/status`, { headers: { 'x-user': 'ada' } });
  expect([answer.status, await answer.json()]).toMatchObject([200, { connected: true, valid: true }]);
  const rows = application.get<Repository<ConnectionConfig>>(getRepositoryToken(ConnectionConfig));
  expect(await rows.count()).toBe(1);
});
