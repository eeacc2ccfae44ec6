/** Runs jobs on one engine: those that share a filled table at both sizes of it, the others each in a place of its own. */
import { connectionEntities, runConnectionMigrations } from 'mcp-connections';
import { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import { makePlace } from '../engines';
import { Closing } from './closing';
import type { Addresses } from './endpoint';
import type { Figure, Outcome } from './figures';
import { figuresOf, withGrowth } from './figures';
import type { Job } from './jobs/job';
import { Bench } from './jobs/job';
import { insertTokens, population } from './population';
import type { Raw } from './raw';
import { openRaw } from './raw';
import type { Site } from './world';

/** How many times as many rows the table has at last as at first. */
const FACTOR = 10;

export interface Plan {
  readonly rows: number;
  readonly jobs: readonly Job[];
  readonly addresses: Addresses;
  readonly closing: Closing;
}

export async function measureEngine(engine: EngineName, plan: Plan): Promise<Figure[]> {
  const { rows, jobs } = plan;
  const sharing = jobs.filter(({ tables }) => tables === 'filled');
  const alone = jobs.filter(({ tables }) => tables !== 'filled');
  const outcomes: Outcome[] = [];
  if (sharing.length > 0) {
    outcomes.push(...(await inPlace(engine, plan, true, (bench) => onSharedTable(bench, sharing))));
  }
  for (const job of alone) {
    const measured = (count: number) =>
      inPlace(engine, plan, job.tables === 'empty', (bench) => run(job, bench(count)));
    const small = job.grows ? await measured(rows / FACTOR) : [];
    outcomes.push(...withGrowth(small, await measured(rows), FACTOR));
  }
  return figuresOf(outcomes, engine, rows);

  async function onSharedTable(bench: (rows: number) => Bench, shared: readonly Job[]): Promise<Outcome[]> {
    const few = bench(rows / FACTOR);
    await insertTokens(few.raw, population(0, few.rows));
    const small: Outcome[] = [];
    for (const job of shared) if (job.grows) small.push(...(await run(job, few)));
    await insertTokens(few.raw, population(few.rows, rows));
    const large: Outcome[] = [];
    for (const job of shared) large.push(...(await run(job, bench(rows))));
    return [...withGrowth(small, large, FACTOR)];
  }
}

/** The others are measured all the same when one fails. */
async function run(job: Job, bench: Bench): Promise<Outcome[]> {
  const began = performance.now();
  const outcomes = await job.measure(bench).catch((error: unknown) => {
    if (bench.isOver) throw error;
    console.error(error);
    process.exitCode = 1;
    return [];
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.error(`${bench.site.engine}, ${bench.rows} rows, ${job.name}: ${seconds} s`);
  return outcomes;
}

/** A place that goes when the work is done, whatever comes of it. */
async function inPlace<Result>(
  engine: EngineName,
  plan: Plan,
  hasTables: boolean,
  work: (bench: (rows: number) => Bench) => Promise<Result>,
): Promise<Result> {
  const closing = new Closing();
  plan.closing.add(() => closing.close());
  try {
    const place = await makePlace(engine);
    closing.add(() => place.remove());
    const site: Site = { engine, address: place.address, options: place.options };
    if (hasTables) await migrate(site);
    const raw: Raw = await openRaw[engine](place.address);
    closing.add(() => raw.close());
    const { addresses } = plan;
    return await work((rows) => new Bench({ site, rows, raw, addresses, closing }));
  } finally {
    await closing.close();
  }
}

async function migrate({ options }: Site): Promise<void> {
  const dataSource = new DataSource({ ...options, entities: [...connectionEntities] });
  await dataSource.initialize();
  try {
    await runConnectionMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
