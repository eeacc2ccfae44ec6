/** Starts a store as the README shows, and prints how that failed. Argument: TypeORM's name of the database. */
import { ConnectionsError, MetadataStore } from 'mcp-connections';

try {
  const store = new MetadataStore({
    dataSource: { type: process.argv[2], database: ':memory:' },
    config: { mcpServers: {} },
  });
  await store.initialize();
  console.log(JSON.stringify({ started: true }));
} catch (error) {
  const { name, code, message } = error;
  console.log(JSON.stringify({ ours: error instanceof ConnectionsError, name, code, message }));
}
