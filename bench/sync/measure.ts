/** Times the variants in turns, so that whatever else the machine does falls on all of them alike. */
import { ConnectionConfig, connectionEntities, runConnectionMigrations } from 'mcp-connections';
import { DataSource } from 'typeorm';
import type { ParsedConnections } from 'mcp-connections';
import type { EngineName } from './engines';
import { makePlace } from './engines';
import type { VariantName } from './variants';
import { openVariants } from './variants';

const RUNS = 5;

/** Not counted. The others call the database once or more for each row and are warm after a few rows. */
const WARM_UP_RUNS = 5;
const WARMED_UP: readonly VariantName[] = ['floor', 'ours'];

export const cases = ['first', 'unchanged', 'one in a hundred'] as const;
type Case = (typeof cases)[number];

/** The same connections twice, the second time with some of them changed. */
export interface Declared {
  readonly parsed: ParsedConnections;
  readonly changed: ParsedConnections;
}

export interface Measured {
  readonly bench: 'sync';
  readonly engine: EngineName;
  readonly case: Case;
  readonly n: number;
  readonly variant: VariantName;
  readonly median_ms: number;
  readonly ratio_to_floor: number;
}

/** All cases and variants on one engine, on an empty table of their own. */
export async function measureEngine(
  engine: EngineName,
  n: number,
  declared: Declared,
  chosen: readonly VariantName[],
): Promise<Measured[]> {
  const place = await makePlace(engine);
  const dataSource = new DataSource({ ...place.options, entities: [...connectionEntities] });
  try {
    await dataSource.initialize();
    await runConnectionMigrations(dataSource);
    const variants = await openVariants(engine, dataSource, place.address);
    const empty = () => dataSource.getRepository(ConnectionConfig).clear();
    const prepare: Readonly<Record<Case, () => Promise<unknown>>> = {
      first: empty,
      unchanged: () => variants.syncs.ours(declared.parsed),
      'one in a hundred': () => variants.syncs.ours(declared.parsed),
    };
    const results: Measured[] = [];
    for (const name of cases) {
      await empty();
      const target = name === 'one in a hundred' ? declared.changed : declared.parsed;
      const times = new Map<VariantName, number[]>(chosen.map((variant) => [variant, []]));
      for (let run = 1 - WARM_UP_RUNS; run <= RUNS; run += 1) {
        for (const variant of run > 0 ? chosen : WARMED_UP) {
          await prepare[name]();
          globalThis.gc?.();
          const began = performance.now();
          await variants.syncs[variant](target);
          if (run > 0) times.get(variant)?.push(performance.now() - began);
        }
      }
      const medians = new Map([...times].map(([variant, list]) => [variant, median(list)]));
      const floor = medians.get('floor') ?? Number.NaN;
      for (const [variant, time] of medians) {
        results.push({
          bench: 'sync',
          engine,
          case: name,
          n,
          variant,
          median_ms: Number(time.toFixed(3)),
          ratio_to_floor: Number((time / floor).toFixed(3)),
        });
      }
    }
    await variants.close();
    return results;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await place.remove();
  }
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}
