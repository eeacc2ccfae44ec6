/** Times the variants in turns of half a second, so that whatever else the machine does falls on all of them alike. */
import { connectionEntities, runConnectionMigrations } from 'mcp-connections';
import { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import { makePlace } from '../engines';
import { CALL_CASE, openCalls } from './calls';
import { ANSWER_MS, CALLERS, serveExpired } from './expired';
import { fill } from './fill';
import { listCases, openLists } from './lists';
import { median } from './rate';
import type { User } from './users';
import { EXPIRES_AT, SCOPES, makeUsers, shuffled, tokenOf } from './users';
import type { TokenVariant, Variant, VariantName } from './variants';
import { makeKeys, openVariants } from './variants';

const ROUND_S = 0.5;
const WARM_UP_S = 1;
const CHECKED_USERS = 20;

const tokenCases = ['one caller', '32 callers'] as const;
export const EXPIRED_CASE = '1,000 callers, expired';
export const caseNames = [...tokenCases, ...listCases, CALL_CASE, EXPIRED_CASE] as const;
type CaseName = (typeof caseNames)[number];
const callersOf: Readonly<Record<(typeof tokenCases)[number], number>> = {
  'one caller': 1,
  '32 callers': 32,
};

export interface Measured {
  readonly bench: 'tokens';
  readonly engine: EngineName;
  readonly case: CaseName;
  /** Rows; callers where the token has expired. */
  readonly n: number;
  readonly variant: VariantName;
  readonly per_second: number;
  /** Where the token has expired, the floor is the time that the endpoint takes. */
  readonly speed_to_floor: number;
  readonly http_calls?: number;
}

export interface Plan {
  readonly n: number;
  /** For each variant in each case. */
  readonly seconds: number;
  readonly chosen: readonly VariantName[];
  readonly cases: ReadonlySet<CaseName>;
}

/** All cases and variants on one engine, on tables of their own. */
export async function measureEngine(
  engine: EngineName,
  { n, seconds, chosen, cases }: Plan,
): Promise<Measured[]> {
  const closing: (() => Promise<unknown>)[] = [];
  const atEnd = (close: () => Promise<unknown>) => void closing.unshift(close);
  try {
    const place = await makePlace(engine);
    atEnd(() => place.remove());
    const dataSource = new DataSource({ ...place.options, entities: [...connectionEntities] });
    await dataSource.initialize();
    atEnd(() => dataSource.destroy());
    await runConnectionMigrations(dataSource);
    const users = makeUsers(n);
    const order = shuffled(users);
    const keys = makeKeys();
    await fill(engine, dataSource, users, keys.cipher);
    const { address } = place;
    const surroundings = { engine, dataSource, address, keys, order, atEnd };
    const variants = await openVariants(chosen, surroundings);
    await requireSameTokens(variants, order.slice(0, CHECKED_USERS));

    const results: Measured[] = [];
    const measure = async (name: CaseName, compared: readonly Variant[], callers: number) => {
      for (const [variant, { rate, toFloor }] of await measureCase(compared, callers, seconds)) {
        results.push({ bench: 'tokens', engine, case: name, n, variant, ...speeds(rate, toFloor) });
      }
    };
    for (const name of tokenCases.filter((one) => cases.has(one))) {
      // What a single call costs is all that better-auth is there for.
      const compared = variants.filter((variant) => callersOf[name] === 1 || variant.name !== 'better-auth');
      await measure(name, compared, callersOf[name]);
    }
    const asked = listCases.filter((one) => cases.has(one));
    const lists = asked.length > 0 ? await openLists(surroundings) : null;
    for (const name of asked) {
      const compared = (lists?.[name] ?? []).filter((variant) => chosen.includes(variant.name));
      await measure(name, compared, 1);
    }
    if (cases.has(CALL_CASE)) {
      const calls = await openCalls(surroundings);
      await measure(
        CALL_CASE,
        calls.filter((variant) => chosen.includes(variant.name)),
        1,
      );
    }
    if (cases.has(EXPIRED_CASE) && chosen.includes('ours') && order[0]) {
      const { ms, http_calls } = await serveExpired(dataSource, keys.cipher, order[0]);
      results.push({
        bench: 'tokens',
        engine,
        case: EXPIRED_CASE,
        n: CALLERS,
        variant: 'ours',
        ...speeds((CALLERS * 1000) / ms, ANSWER_MS / ms),
        http_calls,
      });
    }
    return results;
  } finally {
    for (const close of closing) await close().catch(failed);
  }
}

/** Of one variant, the medians of the rounds: answers per second, and in multiples of the floor's beside it. */
interface Speed {
  readonly rate: number;
  readonly toFloor: number;
}

async function measureCase(
  variants: readonly Variant[],
  callers: number,
  seconds: number,
): Promise<Map<VariantName, Speed>> {
  const rates = new Map<VariantName, number[]>(variants.map(({ name }) => [name, []]));
  for (const { rate } of variants) await rate(callers, Math.min(WARM_UP_S, seconds));
  for (let round = 0; round < Math.max(1, Math.round(seconds / ROUND_S)); round += 1) {
    const first = round % variants.length;
    for (const { name, rate } of [...variants.slice(first), ...variants.slice(0, first)]) {
      rates.get(name)?.push(await rate(callers, Math.min(ROUND_S, seconds)));
    }
  }
  const floor = rates.get('floor') ?? [];
  return new Map(
    [...rates].map(([name, list]) => {
      const toFloor = median(list.map((rate, round) => rate / (floor[round] ?? Number.NaN)));
      return [name, { rate: median(list), toFloor }];
    }),
  );
}

/** A variant that serves something else would not be doing the job. */
async function requireSameTokens(variants: readonly TokenVariant[], users: readonly User[]): Promise<void> {
  for (const user of users) {
    const expected = JSON.stringify([tokenOf(user, 'access'), EXPIRES_AT, SCOPES]);
    for (const { name, read } of variants) {
      const { accessToken, expiresAt, scopes } = await read(user);
      if (JSON.stringify([accessToken, expiresAt, scopes]) !== expected) {
        throw new Error(`${name} serves something else than was stored: the comparison would not be fair.`);
      }
    }
  }
}

function speeds(perSecond: number, toFloor: number) {
  return { per_second: Number(perSecond.toFixed(1)), speed_to_floor: Number(toFloor.toFixed(3)) };
}

/** What else is to be removed is removed all the same. */
function failed(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}
