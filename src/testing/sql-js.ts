/**
 * The database of a test: SQLite as WebAssembly, in the memory of the process. It needs no native driver, on no Node.js. Its clock is that
 * of the process, so that fake timers move both; that of a native SQLite, or of a server, would go on.
 */
import type { DataSourceOptions } from 'typeorm';

/** A class of the host's that TypeORM knows as an entity. */
export type EntityClass = new () => object;

export const inMemory = (entities: readonly EntityClass[] = []): DataSourceOptions => ({
  type: 'sqljs',
  entities: [...entities],
  synchronize: true,
});
