/** The main job: declare connections, start, and the table agrees. Run it with `npm run example`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CreateAllContext, SyncReport } from 'mcp-connections';
import { MetadataStore } from 'mcp-connections';
import { printReport } from './report-table';

/** A host's own store. It need not call `super.createAll`: the connection tables are there when this runs. */
class AppStore extends MetadataStore {
  protected override async createAll({ dataSource }: CreateAllContext): Promise<void> {
    await dataSource.query('CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY, text varchar(200))');
  }
}

const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-example-'));
const database = join(folder, 'app.sqlite');
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function start(title: string, declaration: string): Promise<void> {
  const store = new AppStore({
    dataSource: { type: 'better-sqlite3', database },
    config: { file: fileURLToPath(new URL(declaration, import.meta.url)) },
    logger: quiet,
  });
  await store.initialize();
  printReport(title, reportOf(store));
  await store.close();
}

function reportOf(store: MetadataStore): SyncReport {
  if (store.lastSync?.ok) return store.lastSync.report;
  throw store.lastSync?.error ?? new Error('There was no sync.');
}

try {
  await start('First start, on an empty database', 'connections.json');
  await start('Second start, nothing to do', 'connections.json');
  await start('Third start, with an edited declaration', 'connections.edited.json');
} finally {
  await rm(folder, { recursive: true });
}
