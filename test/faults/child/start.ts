/** Starts a store as a job says, under its fault, and tells what came of it. */
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { connectionEntities } from '../../../src/entities';
import type { SyncOutcome } from '../../../src/store/options';
import { MetadataStore } from '../../../src/store/metadata-store';
import { type Failure, failureOf } from '../in-every-job';
import type { StartJob, StartOutcome } from '../job';
import { prepareFault } from './inject';

export async function start(job: StartJob): Promise<StartOutcome> {
  const fault = await prepareFault(job);
  const log: string[] = [];
  const say = (level: string) => (message: string) => void log.push(`${level}: ${message}`);
  const dataSource = new DataSource({
    ...job.connection,
    entities: [...connectionEntities],
    logger: fault.logger,
  } as DataSourceOptions);
  const store = new MetadataStore({
    dataSource,
    config: job.config,
    ...job.store,
    logger: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
  });
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return null;
    } catch (error) {
      return failureOf(error);
    }
  };
  const ownedByHost = job.opener === 'host' || job.reload !== undefined;
  try {
    if (ownedByHost) await dataSource.initialize();
    if (job.before !== undefined) await dataSource.query(job.before);
    if (job.reload !== undefined) await store.initialize();
    fault.arm();
    const began = Date.now();
    const error = await attempt(() =>
      job.reload === undefined ? store.initialize() : store.sync(job.reload),
    );
    const milliseconds = Date.now() - began;
    fault.disarm();
    const nextQuery = ownedByHost ? await attempt(() => dataSource.query(job.after ?? 'SELECT 1')) : null;
    const { statements, injected } = fault;
    return {
      error,
      lastSync: summary(store.lastSync),
      nextQuery,
      statements,
      injected,
      milliseconds,
      log,
    };
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await fault.end();
  }
}

function summary(
  outcome: SyncOutcome | undefined,
): { written: readonly string[]; error: Failure | null } | null {
  if (outcome === undefined) return null;
  if (!outcome.ok) return { written: [], error: failureOf(outcome.error) };
  const { created, updated, adopted, removed } = outcome.report;
  const changed = [...updated, ...adopted, ...removed].map(({ name }) => name);
  return { written: [...created, ...changed], error: null };
}
