/**
 * Names of prepared statements. A statement stays on the server's session, and a pooler may give a client another session
 * with each transaction: then nothing is prepared any more on this DataSource.
 */
import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Log } from '../../logging';
import { driverError } from '../failure';

class PreparedStatements {
  private version = 0;
  private readonly names = new Map<string, string>();

  /**
   * @param prefix of the names
   * @param onLoss is called once, when nothing is prepared from then on
   */
  constructor(
    private isOn: boolean,
    private readonly prefix: string,
    private readonly onLoss: () => void = () => undefined,
  ) {}

  /** The name of the statement with that text; undefined when it is not prepared. */
  nameOf(text: string): string | undefined {
    if (!this.isOn) return undefined;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const digest = createHash('sha256').update(`${this.version} ${text}`).digest('hex');
    const name = `${this.prefix}_${digest.slice(0, 16)}`;
    this.names.set(text, name);
    return name;
  }

  /**
   * Learns from the error of prepared statements that were not executed.
   * @param names under which they were sent
   * @returns whether they are to be sent again
   */
  haveLapsed(error: unknown, names: readonly (string | undefined)[]): boolean {
    // A table was altered: under another name, the statement is planned anew.
    if ((error as { routine?: unknown } | null)?.routine === 'RevalidateCachedQuery') {
      this.version += 1;
      for (const [text, name] of this.names) if (names.includes(name)) this.names.delete(text);
      return true;
    }
    const { code } = driverError(error);
    if (code !== '26000' && code !== '42P05') return false;
    if (this.isOn) this.onLoss();
    this.isOn = false;
    return true;
  }
}

const POOLED =
  'A prepared statement was gone, or was there before it was prepared: a pooler, such as PgBouncer in transaction mode, gives a ' +
  'client another session of the server with each transaction. Statements are not prepared from now on. To begin that way, set ' +
  '`preparedStatements: false`.';

interface Prepared {
  /** By the driver, with the protocol. */
  readonly reads: PreparedStatements;
  /** By an SQL PREPARE, which poolers do not track. */
  readonly steps: PreparedStatements;
}

const known = new WeakMap<DataSource, Prepared>();

/** Those of a DataSource, which all sessions on it share. */
export function preparedOn(dataSource: DataSource, isPrepared: boolean, log: Log | undefined): Prepared {
  const found = isPrepared ? known.get(dataSource) : undefined;
  if (found) return found;
  let isSaid = false;
  const sayOnce = () => {
    if (!isSaid) log?.('warn', POOLED);
    isSaid = true;
  };
  const made = {
    reads: new PreparedStatements(isPrepared, 'mcpc', sayOnce),
    steps: new PreparedStatements(isPrepared, 'mcpx', sayOnce),
  };
  if (isPrepared) known.set(dataSource, made);
  return made;
}
