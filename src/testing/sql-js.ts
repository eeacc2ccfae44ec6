/**
 * The database of a test: SQLite as WebAssembly, in the memory of the process. It needs no native driver, on no Node.js. Its clock is that
 * of the process, so that fake timers move both; that of a native SQLite, or of a server, would go on.
 */
import type { DataSourceOptions } from 'typeorm';

export const inMemory = (entities: readonly (new () => object)[] = []): DataSourceOptions => ({
  type: 'sqljs',
  entities: [...entities],
  synchronize: true,
});
