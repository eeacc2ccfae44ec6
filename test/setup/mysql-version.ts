/** Tells MySQL from MariaDB, which are one engine here, for the few tests that need what MySQL or an old MySQL lacks. */
import type { EngineName } from './engine-name';

/** Sends a query of one row. */
type Ask = (sql: string) => Promise<readonly unknown[]>;

export async function isMysql(engine: EngineName, ask: Ask): Promise<boolean> {
  return (await mysqlMajor(engine, ask)) !== null;
}

/** Before 8.0: without window functions, without a collation that counts trailing spaces, without limits of one statement. */
export async function isOldMysql(engine: EngineName, ask: Ask): Promise<boolean> {
  const major = await mysqlMajor(engine, ask);
  return major !== null && major < 8;
}

async function mysqlMajor(engine: EngineName, ask: Ask): Promise<number | null> {
  if (engine !== 'mariadb') return null;
  const [row] = await ask('SELECT VERSION() AS version');
  const { version } = row as { readonly version: string };
  return version.includes('MariaDB') ? null : Number.parseInt(version, 10);
}
