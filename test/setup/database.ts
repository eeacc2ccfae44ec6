/** A database for one test on a given engine: a file, a schema or a database of its own, gone when the test ends. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { describe, inject, onTestFinished } from 'vitest';
import { connectionEntities } from '../../src';
import type { EngineName } from './engine-name';
import { mariadbUrl, postgresUrl, sendToMariadb, sendToPostgres } from './servers';
import { statementLogger } from './statements';

export interface TestDatabase {
  readonly engine: EngineName;
  /** Without entities; TypeORM's own logging is off. */
  readonly options: DataSourceOptions;
  /** An initialized DataSource that is destroyed with the test; our entities unless `entities` says otherwise. */
  connect(options?: Partial<DataSourceOptions>): Promise<DataSource>;
  /** The same, not initialized. */
  dataSource(options?: Partial<DataSourceOptions>): DataSource;
}

/**
 * An SQLite driver that does not wait for a lock itself. `busyTimeout: 0` would leave the package sqlite3 its second, in
 * which it holds one of the four threads that all connections of a process share.
 */
export const withoutDriverWaits = { timeout: 0, busyTimeout: 1 };

export const isTypeorm03 = process.env['TYPEORM_PACKAGE'] === 'typeorm-0.3';

/** What a test writes need not survive a crash, so a commit does not wait for a disk where the system has a folder without one. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const makers: Readonly<
  Record<EngineName, (name: string) => Promise<[DataSourceOptions, () => Promise<void>]>>
> = {
  async sqlite() {
    const folder = await mkdtemp(join(inMemory, 'mcp-connections-'));
    const database = join(folder, 'test.sqlite');
    const type = isTypeorm03 ? 'sqlite' : 'better-sqlite3';
    return [{ type, database } as DataSourceOptions, () => rm(folder, { recursive: true })];
  },
  async postgres(name) {
    await sendToPostgres(`CREATE SCHEMA ${name}`);
    const url = new URL(postgresUrl);
    // What a test writes need not survive a crash of the server.
    url.searchParams.set('options', '-c synchronous_commit=off');
    const options: DataSourceOptions = { type: 'postgres', url: url.href, schema: name };
    return [options, () => sendToPostgres(`DROP SCHEMA ${name} CASCADE`)];
  },
  async mariadb(name) {
    await sendToMariadb(`CREATE DATABASE ${name}`);
    const url = new URL(mariadbUrl);
    url.pathname = `/${name}`;
    return [{ type: 'mariadb', url: url.href }, () => sendToMariadb(`DROP DATABASE ${name}`)];
  },
};

/** @param atEnd registers the clean-up; default: with the test that calls this */
export async function testDatabase(
  engine: EngineName,
  atEnd: (cleanUp: () => Promise<void>) => void = onTestFinished,
): Promise<TestDatabase> {
  const [options, drop] = await makers[engine](`mcpc_${randomUUID().slice(0, 13).replace('-', '_')}`);
  const opened: DataSource[] = [];
  atEnd(async () => {
    for (const dataSource of opened) if (dataSource.isInitialized) await dataSource.destroy();
    await drop();
  });
  const quiet = { ...options, logger: statementLogger([]) };
  const dataSource = (more: Partial<DataSourceOptions> = {}) => {
    const made = new DataSource({
      ...quiet,
      entities: [...connectionEntities],
      ...more,
    } as DataSourceOptions);
    opened.push(made);
    return made;
  };
  return { engine, options: quiet, dataSource, connect: (more) => dataSource(more).initialize() };
}

/** The same tests on every engine that answers. */
export function describeEachEngine(title: string, tests: (engine: EngineName) => void): void {
  for (const engine of inject('engines')) {
    describe(`${title} (${engine})`, () => tests(engine as EngineName));
  }
}

/**
 * The same, where the subject is a provider, an API, a browser, or what is decided about the text of a row after it was read: in
 * `npm test` on SQLite alone; the other engines have the tag `long`.
 */
export function describeAnyEngine(title: string, tests: (engine: EngineName) => void): void {
  for (const engine of inject('engines')) {
    const tags = engine === 'sqlite' ? [] : ['long' as const];
    describe(`${title} (${engine})`, { tags }, () => tests(engine as EngineName));
  }
}
