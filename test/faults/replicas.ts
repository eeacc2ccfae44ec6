/** Processes that serve tokens from one migrated database, and the authorization server that they all ask. */
import { randomBytes } from 'node:crypto';
import type { ConnectionsDocument } from '../../src/config/document';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from '../setup/authorization-server';
import { declaration, entry } from '../setup/declarations';
import type { Context } from './context';
import type { FaultDatabase, Row } from './databases/database';
import type { Ending } from './processes';
import type { User } from './replica';
import { Replica } from './replica';
import type { Ring } from './token-job';

/** Of access tokens. */
const LIFE_S = 60;
const EXPIRED = '2020-01-01T00:00:00.000Z';

/** A ring of the keys of these ids, the first one current; each id has its own key for as long as the program runs. */
export function ringOf(...ids: readonly [string, ...string[]]): Ring {
  return { current: ids[0], keys: Object.fromEntries(ids.map((id) => [id, keyOf(id)])) };
}

const keys = new Map<string, string>();

function keyOf(id: string): string {
  const key = keys.get(id) ?? randomBytes(32).toString('base64');
  keys.set(id, key);
  return key;
}

export interface ReplicaOptions {
  /** Default: one key, `k1`. */
  readonly ring?: Ring;
  /** Milliseconds; a claim lasts three times as long. Default: as in `Connections`. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds after which a claim is over for everybody else. Default: when it is over for its owner. */
  readonly leaseMs?: number;
}

export class Replicas {
  private readonly open: Replica[] = [];
  private users = 0;
  private sending: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly context: Context,
    readonly server: AuthorizationServer,
    private readonly database: FaultDatabase,
    /** Whether a refresh token that is presented twice ends the grant; otherwise it stays in use. */
    readonly rotates: boolean,
  ) {}

  /** Closes everything that was opened when the work is done, also when it throws. */
  static async during<Result>(
    context: Context,
    rotates: boolean,
    work: (replicas: Replicas) => Promise<Result>,
  ): Promise<Result> {
    const database = await context.database();
    const { connection } = database;
    answered(await context.processes.run({ kind: 'start', connection, config: { mcpServers: {} } }));
    const replicas = new Replicas(
      context,
      await AuthorizationServer.start(LIFE_S, rotates),
      database,
      rotates,
    );
    try {
      return await work(replicas);
    } finally {
      await Promise.all(replicas.open.map((replica) => replica.close()));
      await replicas.server.stop();
      await database.drop();
    }
  }

  /** One more replica, in a process of its own. */
  async replica({ ring = ringOf('k1'), ...times }: ReplicaOptions = {}): Promise<Replica> {
    const { processes, preparedStatements } = this.context;
    const kept = await processes.keep();
    const replica = new Replica(kept);
    this.open.push(replica);
    const ending = await kept.run({
      kind: 'open-connections',
      connection: this.database.connection,
      config: this.config(),
      ring,
      clientSecret: CLIENT_SECRET,
      ...times,
      ...(preparedStatements !== undefined && { preparedStatements }),
    });
    answered(ending);
    return replica;
  }

  async several(count: number, options: ReplicaOptions = {}): Promise<readonly Replica[]> {
    await this.context.processes.warm(count);
    return Promise.all(Array.from({ length: count }, () => this.replica(options)));
  }

  /** A user who has connected, by way of that replica, and whose access token has expired. */
  async user(by: Replica): Promise<User> {
    return this.connect(`user-${(this.users += 1)}`, by);
  }

  /** The user connects, maybe again; the access token has expired. */
  async connect(id: string, by: Replica): Promise<User> {
    const { accessToken, refreshToken, grantId } = await this.server.grant(id);
    await by.store(id, accessToken, refreshToken);
    return { id, grantId, accessToken };
  }

  /** Lets the access token of everybody expire. */
  async expire(): Promise<void> {
    await this.send(`UPDATE user_connection_tokens SET expires_at = '${EXPIRED}'`);
  }

  async row({ id }: User): Promise<Row> {
    const rows = await this.send(`SELECT * FROM user_connection_tokens WHERE user_id = '${id}'`);
    if (rows.length !== 1) throw new Error(`${id} has ${rows.length} rows`);
    return rows[0] ?? {};
  }

  /** By a connection of its own, which takes one statement at a time. */
  async send(sql: string): Promise<readonly Row[]> {
    const sent = this.sending.then(() => this.database.send(sql));
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  private config(): ConnectionsDocument {
    const { issuer, tokenUrl, revokeUrl } = this.server;
    const oauth_config = {
      client_id: CLIENT_ID,
      // Only a resolver can fetch it, so that a refresh can be halted there.
      client_secret_arn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:mcp-host',
      authorize_url: `${issuer}/auth`,
      token_url: tokenUrl,
      revoke_url: revokeUrl,
      scopes: 'openid offline_access read',
    };
    return declaration({ atlassian: entry({ oauth_config }) });
  }
}

/** For what has to go well before anything can be tried. */
function answered<Outcome>(ending: Ending<Outcome>): Outcome {
  if (ending.how === 'answered') return ending.outcome;
  throw new Error(`A process ended as ${JSON.stringify(ending)}`);
}
