/**
 * Root may write anywhere, so a process that is not to gives its rights up. It does so when it has loaded everything:
 * the user it becomes may not be allowed to look into the folder that the programs are in.
 */
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import type { Connection } from '../in-every-job';

const NOBODY = 65_534;

/** @param type of the DataSource that will be opened */
export async function becomeNobody({ type }: Connection): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const inMemory = { type, database: ':memory:' } as DataSourceOptions;
  await (await new DataSource(inMemory).initialize()).destroy();
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
}
