/** Times the variants in turns, so that whatever else the machine does falls on all of them alike. */
import { ConnectionConfig, connectionEntities, runConnectionMigrations } from 'mcp-connections';
import { DataSource } from 'typeorm';
import type { ParsedConnections } from 'mcp-connections/sync';
import type { EngineName } from '../engines';
import { makePlace } from '../engines';
import type { VariantName, Variants } from './variants';
import { openVariants } from './variants';

/** More where a run is over before the machine has noticed it. */
const runsOf = (n: number) => (n <= 100 ? 51 : n <= 1000 ? 9 : 5);

/** Not counted. In a large one, the others call the database for each row, and are warm before its end. */
const WARM_UP_RUNS = 5;
const warmedUp = (n: number, chosen: readonly VariantName[]): readonly VariantName[] =>
  n <= 100 ? chosen : ['floor', 'ours'];

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
  let variants: Variants | undefined;
  try {
    await dataSource.initialize();
    await runConnectionMigrations(dataSource);
    variants = await openVariants(engine, dataSource, place.address);
    const { syncs } = variants;
    const empty = () => dataSource.getRepository(ConnectionConfig).clear();
    const prepare: Readonly<Record<Case, () => Promise<unknown>>> = {
      first: empty,
      unchanged: () => syncs.ours(declared.parsed),
      'one in a hundred': () => syncs.ours(declared.parsed),
    };
    await requireSameRows(dataSource, async (variant) => {
      await empty();
      await syncs[variant](declared.parsed);
    });
    const results: Measured[] = [];
    for (const name of cases) {
      await empty();
      const target = name === 'one in a hundred' ? declared.changed : declared.parsed;
      const times = new Map<VariantName, number[]>(chosen.map((variant) => [variant, []]));
      for (let run = 1 - WARM_UP_RUNS; run <= runsOf(n); run += 1) {
        for (const variant of run > 0 ? turned(chosen, run) : warmedUp(n, chosen)) {
          await prepare[name]();
          globalThis.gc?.();
          const began = performance.now();
          await syncs[variant](target);
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
    return results;
  } finally {
    await variants?.close();
    if (dataSource.isInitialized) await dataSource.destroy();
    await place.remove();
  }
}

const ownByRun: ReadonlySet<string> = new Set(['id', 'createdAt', 'updatedAt']);

/** The floor would be lower if it did less than the job. */
async function requireSameRows(
  dataSource: DataSource,
  fill: (variant: VariantName) => Promise<void>,
): Promise<void> {
  const rowsAfter = async (variant: VariantName) => {
    await fill(variant);
    const rows = await dataSource.getRepository(ConnectionConfig).find({ order: { name: 'ASC' } });
    return JSON.stringify(rows, (key, value: unknown) => (ownByRun.has(key) ? undefined : value));
  };
  if ((await rowsAfter('floor')) !== (await rowsAfter('ours'))) {
    throw new Error('The floor and the package leave different rows: the comparison would not be fair.');
  }
}

/** Each begins in turn, so that none always follows the same other. */
function turned(chosen: readonly VariantName[], run: number): readonly VariantName[] {
  const first = run % chosen.length;
  return [...chosen.slice(first), ...chosen.slice(0, first)];
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}
