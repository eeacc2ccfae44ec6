/** The part of pg's client that we use: how values are written into a text, and what we do to one that does not answer. */
import { connect } from 'node:net';
import type { ConnectionCare } from '../pool';
import type { RowValues, Statement } from '../statement';

/** A text of several statements returns a result for each. */
export interface PostgresClient {
  query(text: string): Promise<unknown>;
  query(query: PreparedQuery, done: (error: unknown, result?: PostgresResult) => void): void;
  query(query: { text: string; rowMode: 'array' }): Promise<readonly PostgresResult[]>;
  escapeLiteral(text: string): string;
  on(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
  /** Back to its pool, which closes it and forgets it if it is said to be useless. */
  release(isUseless?: boolean): void;
  /** Undefined in pg-native. */
  readonly connection?: { readonly stream: { destroy(): void } };
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

interface PreparedQuery {
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly rowMode: 'array';
}

/** The part of TypeORM's driver that we use: the pool that is written to. */
interface PostgresDriver {
  readonly master: { connect(done: (error: unknown, client?: PostgresClient) => void): void };
}

export interface PostgresResult {
  readonly rows: readonly RowValues[];
  readonly rowCount: number | null;
}

/** A connection that is cut says so by this event, too, which ends the process where it has no listener. */
const ignored = () => undefined;

export const care: ConnectionCare<PostgresClient> = {
  take({ driver }, done) {
    (driver as unknown as PostgresDriver).master.connect((error, client) => {
      client?.on('error', ignored);
      done(error, client);
    });
  },
  giveBack(client) {
    client.removeListener('error', ignored);
    // The pool drops one that was cut.
    client.release();
  },
  ping: (client) => client.query('SELECT 1'),
  drop(client) {
    cancel(client);
    client.connection?.stream.destroy();
    client.release(true);
  },
};

const CANCEL_REQUEST = 80_877_102;
const CANCEL_LIMIT_MS = 5_000;

/**
 * Asks the server to end the statement that a connection runs, as the protocol has it: on another connection, without an
 * answer. A server that waits for a lock does not notice that its client has gone.
 */
function cancel({ host, port, processID, secretKey }: PostgresClient): void {
  if (!processID || typeof secretKey !== 'number') return;
  const request = Buffer.alloc(16);
  for (const [index, value] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
    request.writeInt32BE(value, index * 4);
  }
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.on('error', () => undefined).setTimeout(CANCEL_LIMIT_MS, () => socket.destroy());
  socket.unref().end(request);
}

/** In the range of `lock_timeout`, where 0 would mean no limit. */
export function milliseconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs), 1), 2_147_483_647);
}

/** A statement with its values in place of the placeholders, for a text of several, which cannot have parameters. */
export function withLiterals({ sql, parameters = [] }: Statement, client: Escapes): string {
  return sql.replace(/\$(\d+)/g, (_all, place: string) => literalOf(parameters[Number(place) - 1], client));
}

type Escapes = Pick<PostgresClient, 'escapeLiteral'>;

/**
 * The driver's `escapeLiteral` is slow for long text such as tokens, so it is called only where something needs escaping.
 * @throws TypeError for a value of another kind, which would be written as something else
 */
export function literalOf(value: unknown, client: Escapes): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new TypeError(`A parameter is of an unknown kind: ${typeof value}`);
  return value.includes("'") || value.includes('\\') ? client.escapeLiteral(value) : `'${value}'`;
}
