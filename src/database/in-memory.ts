/** Databases in the memory of the process, which are for tests: a host that runs with one has to be told. */
import type { DataSource } from 'typeorm';

const ofTests = new WeakSet<object>();

/** @param database that a DataSource of a test starts from */
export function noteDatabaseOfTest(database: Uint8Array): void {
  ofTests.add(database);
}

/** What to tell the host of a database that is lost with its process; null where it is kept, or is one of the kit's. */
export function lossOf({ options }: DataSource): string | null {
  if (options.type !== 'sqljs') return null;
  if (options.database && ofTests.has(options.database)) return null;
  return (
    'The DataSource of type "sqljs" keeps everything in the memory of this process: when it ends, every user has to connect again. ' +
    'It is for tests. Elsewhere, use "better-sqlite3", which has a file, or a server.'
  );
}
