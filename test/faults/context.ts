/** What a scenario runs with: an engine, a TypeORM major, child processes, databases that are dropped afterwards. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TypeormPackage } from './bundle';
import type { EngineName } from '../setup/engine-name';
import type { FaultDatabase } from './databases/database';
import { undoAll } from './databases/database';
import { makeMariadb } from './databases/mariadb';
import { makePostgres } from './databases/postgres';
import { makeSqlite } from './databases/sqlite';
import type { Processes } from './processes';
import type { Result } from './result';

/** What stands in a database before the first start; the legacy ones were made by another program. */
export type Origin = 'empty' | 'legacy-a' | 'legacy-b';

/** The origins that are tried. */
const origins: readonly Origin[] = ['empty', 'legacy-a', 'legacy-b'];

/** For scenarios that start on whatever may be there; `most` of them in the short form. */
export function originsOf({ short }: Context, most: number): readonly Origin[] {
  return short ? origins.slice(0, most) : origins;
}

export interface Context {
  readonly engine: EngineName;
  readonly typeorm: TypeormPackage;
  readonly processes: Processes;
  /** A few rounds of each, for `npm test`. */
  readonly short: boolean;
  /** Of every `Connections`; default: as there. */
  readonly preparedStatements?: boolean;
  /** A database that is dropped when the scenario ends, or before with its own `drop`. */
  readonly database: (origin?: Origin) => Promise<FaultDatabase>;
}

export interface Scenario {
  readonly name: string;
  /** Default: every engine, every major. */
  readonly engines?: readonly EngineName[];
  /** Runs once, whatever the engine and the major. */
  readonly withoutDatabase?: true;
  readonly run: (context: Context) => Promise<Result>;
}

type MakeDatabase = (name: string, typeorm: TypeormPackage) => Promise<FaultDatabase>;

const makers: Readonly<Record<EngineName, MakeDatabase>> = {
  sqlite: makeSqlite,
  postgres: makePostgres,
  mariadb: makeMariadb,
};

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'legacy');

/**
 * Runs a scenario and drops every database that it made, also when it throws.
 * @param make makes each database; default: the engine's own way
 */
export async function runScenario(
  scenario: Scenario,
  given: Omit<Context, 'database'>,
  make: MakeDatabase = makers[given.engine],
): Promise<Result> {
  const open = new Set<FaultDatabase>();
  const database = async (origin: Origin = 'empty') => {
    const name = `mcpc_faults_${randomUUID().slice(0, 8)}`;
    const made = await make(name, given.typeorm);
    open.add(made);
    if (origin !== 'empty') {
      const file = `schema-${origin.slice(-1)}.${given.engine}.sql`;
      await made.send(await readFile(join(fixtures, file), 'utf8'));
    }
    const drop = async () => {
      open.delete(made);
      await made.drop();
    };
    return { ...made, drop };
  };
  try {
    return await scenario.run({ ...given, database });
  } finally {
    await undoAll([...open].map((one) => () => one.drop()));
  }
}
