/** Whether a database is whole: as one on which nothing went wrong, with everything kept that was there before. */
import type { Context, Origin } from './context';
import { declared } from './declared';
import type { FaultDatabase } from './databases/database';
import type { StartJob } from './job';
import type { Processes } from './processes';
import type { Findings } from './result';

/** Each list sorted; a row that is there twice is in it twice. */
export interface State {
  readonly shape: readonly string[];
  readonly history: readonly string[];
  readonly connections: readonly string[];
  /** What another program had put there and what must outlive adoption. */
  readonly kept: readonly string[];
  /** Authorizations in flight, which adoption empties. */
  readonly inFlight: readonly string[];
}

const kept = {
  users: 'SELECT * FROM users ORDER BY id',
  tokens:
    'SELECT id, user_id, connection_name, access_token_encrypted, refresh_token_encrypted, scopes ' +
    'FROM user_connection_tokens ORDER BY id',
};

/** What another program's rows are, before anything of ours ran; empty for an empty database. */
async function keptRows(database: FaultDatabase, origin: Origin): Promise<readonly string[]> {
  if (origin === 'empty') return [];
  const lists = await Promise.all(
    Object.entries(kept).map(async ([table, sql]) =>
      (await database.send(sql)).map((row) => `${table} ${JSON.stringify(row)}`),
    ),
  );
  if (origin === 'legacy-a') {
    const rows = await database.send('SELECT id, name FROM connection_configs');
    lists.push(rows.map(({ id, name }) => `connection ${String(id)} ${String(name)}`));
  }
  return lists.flat().toSorted();
}

export async function stateOf(database: FaultDatabase, origin: Origin): Promise<State> {
  const history = await database.send('SELECT name FROM connection_migrations');
  const connections = await database.send(
    'SELECT name, display_name, url, enabled, managed_by, extra_config, removed_at IS NULL AS present FROM connection_configs',
  );
  const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).toSorted();
  return {
    shape: await database.shape(),
    history: lines(history),
    connections: lines(connections),
    kept: await keptRows(database, origin),
    inFlight: lines(await database.send('SELECT user_id FROM connection_oauth_states')),
  };
}

/** How a start goes that nothing disturbs. */
export interface Undisturbed {
  readonly state: State;
  readonly statements: readonly string[];
  readonly milliseconds: number;
}

const known = new WeakMap<Processes, Map<string, Promise<Undisturbed>>>();

/** Found out once for each way of starting; with `reload` it tells of the second sync. */
export function undisturbed(
  context: Context,
  origin: Origin,
  how: Pick<StartJob, 'opener' | 'reload'> = {},
): Promise<Undisturbed> {
  const { engine, processes } = context;
  const found = known.get(processes) ?? new Map<string, Promise<Undisturbed>>();
  known.set(processes, found);
  const key = JSON.stringify([engine, origin, how]);
  const finding = found.get(key) ?? startUndisturbed(context, origin, how);
  found.set(key, finding);
  return finding;
}

async function startUndisturbed(
  context: Context,
  origin: Origin,
  how: Pick<StartJob, 'opener' | 'reload'>,
): Promise<Undisturbed> {
  const database = await context.database(origin);
  const before = await keptRows(database, origin);
  const { connection } = database;
  const ending = await context.processes.run({ kind: 'start', connection, config: declared, ...how });
  if (ending.how !== 'answered' || ending.outcome.error || ending.outcome.lastSync?.error !== null) {
    throw new Error(`An undisturbed start did not come through: ${JSON.stringify(ending)}`);
  }
  const state = await stateOf(database, origin);
  const gone = before.filter((line) => !state.kept.includes(line));
  if (gone.length > 0) throw new Error(`An undisturbed start lost ${gone.join('; ')}`);
  if (state.inFlight.length > 0) throw new Error('An undisturbed start kept authorizations in flight');
  await database.drop();
  const { statements, milliseconds } = ending.outcome;
  return { state: { ...state, kept: before }, statements, milliseconds };
}

/** Compares a database with what it should be, and says each difference. */
export async function checkWhole(
  findings: Findings,
  database: FaultDatabase,
  origin: Origin,
  expected: State,
  when: string,
): Promise<void> {
  let state: State;
  try {
    state = await stateOf(database, origin);
  } catch (error) {
    findings.isLost(`${when}: the tables cannot be read: ${String(error)}`);
    return;
  }
  for (const part of ['shape', 'history', 'connections', 'kept', 'inFlight'] as const) {
    for (const line of without(expected[part], state[part]))
      findings.isLost(`${when}: ${part} lacks ${line}`);
    if (part === 'kept') continue;
    for (const line of without(state[part], expected[part])) findings.isWrong(`${when}: ${part} has ${line}`);
  }
}

/** What is in the first list more often than in the second. */
function without(lines: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return lines.filter((line) => {
    const place = left.indexOf(line);
    if (place === -1) return true;
    left.splice(place, 1);
    return false;
  });
}
