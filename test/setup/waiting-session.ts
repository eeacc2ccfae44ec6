/** Sessions of a server that wait for a lock which a transaction of the test holds. */
import type { DataSource, QueryRunner } from 'typeorm';
import { vi } from 'vitest';

type Server = 'postgres' | 'mariadb';

const ownId: Readonly<Record<Server, string>> = {
  postgres: 'SELECT pg_backend_pid() AS id',
  mariadb: 'SELECT CONNECTION_ID() AS id',
};

const waitingFor: Readonly<Record<Server, (holder: number) => string>> = {
  postgres: (holder) => `SELECT pid AS id FROM pg_stat_activity WHERE ${holder} = ANY(pg_blocking_pids(pid))`,
  mariadb: (holder) =>
    'SELECT waiting.trx_mysql_thread_id AS id FROM information_schema.innodb_lock_waits waits ' +
    'JOIN information_schema.innodb_trx waiting ON waiting.trx_id = waits.requesting_trx_id ' +
    'JOIN information_schema.innodb_trx holding ON holding.trx_id = waits.blocking_trx_id ' +
    `WHERE holding.trx_mysql_thread_id = ${holder}`,
};

/** InnoDB brings what it says of locks up to date only where it was not asked for a tenth of a second. */
const POLLING = { interval: 150, timeout: 20_000 };

/**
 * Awaits a session that waits for the holder of a lock.
 * @param beside asks the server
 * @returns its id
 */
export async function waitingSession(
  server: Server,
  beside: DataSource,
  holder: QueryRunner,
): Promise<number> {
  const [{ id: holderId }] = await holder.query(ownId[server]);
  return vi.waitFor(async () => {
    const [waiting]: { id: number }[] = await beside.query(waitingFor[server](holderId));
    if (!waiting) throw new Error('Nothing waits yet');
    return waiting.id;
  }, POLLING);
}
