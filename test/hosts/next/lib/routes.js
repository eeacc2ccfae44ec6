/** The service of the host: opened by its first request, since a build loads the routes, too. */
import { cookies } from 'next/headers';
import { Connections, MetadataStore } from 'mcp-connections';
import { connectionsHandler } from 'mcp-connections/http';

let opened;

export function routes() {
  opened ??= open();
  return opened;
}

async function open() {
  const { publicUrl, keys, document, ...options } = JSON.parse(process.env.HOST_SETTINGS);
  const store = new MetadataStore({
    dataSource: { type: 'better-sqlite3', database: ':memory:' },
    config: document,
  });
  await store.initialize();
  const connections = new Connections(store, { keys, publicUrl });
  return connectionsHandler(connections, { user, page: true, ...options });
}

async function user(request) {
  const session = (await cookies()).get('session')?.value;
  return session ?? /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}
