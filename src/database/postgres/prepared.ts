/**
 * Names of prepared statements. A statement stays on the server's session, and a pooler may give a client another session
 * with each transaction: then nothing is prepared any more on this DataSource.
 */
import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Log } from '../../logging';
import { driverError } from '../failure';

export class PreparedStatements {
  private isOn: boolean;
  private version = 0;
  private names = new Map<string, string>();

  constructor(
    isPrepared: boolean,
    private readonly log: Log | undefined,
  ) {
    this.isOn = isPrepared;
  }

  /** The name of the statement with that text; undefined when it is not prepared. */
  nameOf(text: string): string | undefined {
    if (!this.isOn) return undefined;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const digest = createHash('sha256').update(`${this.version} ${text}`).digest('hex');
    const name = `mcpc_${digest.slice(0, 16)}`;
    this.names.set(text, name);
    return name;
  }

  /**
   * Learns from the error of a prepared statement that was not executed.
   * @returns whether it is to be sent again
   */
  hasLapsed(error: unknown): boolean {
    const { code } = driverError(error);
    // A table was altered: under other names, the statements are planned anew.
    if (code === '0A000') {
      this.version += 1;
      this.names = new Map();
      return true;
    }
    if (code !== '26000' && code !== '42P05') return false;
    if (this.isOn) this.log?.('warn', POOLED);
    this.isOn = false;
    return true;
  }
}

const POOLED =
  'A prepared statement was gone, or was there before it was prepared: a pooler, such as PgBouncer in transaction mode, gives a ' +
  'client another session of the server with each transaction. Statements are not prepared from now on. To begin that way, set ' +
  '`preparedStatements: false`; to have them prepared, set `max_prepared_statements` of PgBouncer 1.21 or later.';

const known = new WeakMap<DataSource, PreparedStatements>();

/** Those of a DataSource, which all sessions on it share. */
export function preparedOn(
  dataSource: DataSource,
  isPrepared: boolean,
  log: Log | undefined,
): PreparedStatements {
  if (!isPrepared) return new PreparedStatements(false, log);
  const statements = known.get(dataSource) ?? new PreparedStatements(true, log);
  known.set(dataSource, statements);
  return statements;
}
