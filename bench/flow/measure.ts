/**
 * Times the two in turns of half a second and compares each turn with the one beside it, so that whatever else the machine
 * does falls on both alike.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  ConnectionOAuthState,
  UserConnectionToken,
  connectionEntities,
  runConnectionMigrations,
} from 'mcp-connections';
import { DataSource } from 'typeorm';
import { type EngineName, makePlace } from '../engines';
import { CONNECTION } from '../tokens/users';
import { TokenEndpoint } from './endpoint';
import type { Flow } from './floor';
import { type VariantName, type Variants, callbackOf, openVariants, variantNames } from './variants';

const ROUND_S = 0.5;
const WARM_UP_S = 3;

export interface Measured {
  readonly bench: 'flow';
  readonly engine: EngineName;
  readonly case: 'authorize and complete';
  /** Flows that were timed, one after another, each of a new user. */
  readonly n: number;
  readonly variant: VariantName;
  readonly per_second: number;
  readonly speed_to_floor: number;
}

/** @param seconds for each variant */
export async function measureEngine(engine: EngineName, seconds: number): Promise<Measured[]> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const place = await makePlace(engine);
    closing.unshift(() => place.remove());
    const dataSource = new DataSource({ ...place.options, entities: [...connectionEntities] });
    await dataSource.initialize();
    closing.unshift(() => dataSource.destroy());
    await runConnectionMigrations(dataSource);
    const endpoint = new TokenEndpoint();
    const tokenUrl = await endpoint.start();
    closing.unshift(() => endpoint.stop());
    const variants = await openVariants(engine, { dataSource, address: place.address }, tokenUrl);
    const { flows } = variants;
    for (const name of variantNames) closing.unshift(() => flows[name].close());
    await requireSameOutcome(variants, dataSource, endpoint);

    for (const name of variantNames) await ratePerSecond(flows[name], Math.min(WARM_UP_S, seconds));
    const rates: Readonly<Record<VariantName, number[]>> = { floor: [], ours: [] };
    const timed = { floor: 0, ours: 0 };
    for (let round = 0; round < Math.max(1, Math.round(seconds / ROUND_S)); round += 1) {
      for (const name of round % 2 === 0 ? variantNames : variantNames.toReversed()) {
        globalThis.gc?.();
        const { rate, count } = await ratePerSecond(flows[name], Math.min(ROUND_S, seconds));
        rates[name].push(rate);
        timed[name] += count;
      }
    }
    return variantNames.map((variant) => ({
      bench: 'flow',
      engine,
      case: 'authorize and complete',
      n: timed[variant],
      variant,
      per_second: Number(median(rates[variant]).toFixed(1)),
      speed_to_floor: Number(
        median(rates[variant].map((rate, round) => rate / (rates.floor[round] ?? Number.NaN))).toFixed(3),
      ),
    }));
  } finally {
    for (const close of closing) await close().catch(failed);
  }
}

async function ratePerSecond(flow: Flow, seconds: number): Promise<{ rate: number; count: number }> {
  let count = 0;
  const began = performance.now();
  const until = began + seconds * 1000;
  while (performance.now() < until) {
    const userId = randomUUID();
    await flow.complete(userId, callbackOf(await flow.begin(userId)));
    count += 1;
  }
  return { rate: (count * 1000) / (performance.now() - began), count };
}

/** Keys, random texts and instants; the rest of a row has to be the same whoever wrote it. */
const own: ReadonlySet<string> = new Set([
  'id',
  'userId',
  'state',
  'codeVerifier',
  'accessTokenEncrypted',
  'refreshTokenEncrypted',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'grantId',
  'grantedAt',
]);

/** The floor would be lower if it did less than the job. */
async function requireSameOutcome(
  { flows, connections }: Variants,
  dataSource: DataSource,
  endpoint: TokenEndpoint,
): Promise<void> {
  const [states, tokens] = [ConnectionOAuthState, UserConnectionToken].map((entity) =>
    dataSource.getRepository<ConnectionOAuthState | UserConnectionToken>(entity),
  );
  const outcomeOf = async (flow: Flow, userId: string) => {
    const sentTo = new URL(await flow.begin(userId));
    const state = await states?.findOneByOrFail({ userId });
    await flow.complete(userId, callbackOf(sentTo.href));
    const verifier = endpoint.asked.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const { accessToken } = await connections.getAccessToken(userId, CONNECTION);
    return {
      sentTo: [...sentTo.searchParams.keys()].toSorted(),
      state: without(state),
      isTaken: (await states?.countBy({ userId })) === 0,
      asked: [...endpoint.asked.keys()].toSorted(),
      hasProof: challenge === sentTo.searchParams.get('code_challenge'),
      isServed: accessToken === endpoint.latest,
      tokens: without(await tokens?.findOneByOrFail({ userId })),
    };
  };
  const [floor, ours] = [await outcomeOf(flows.floor, 'a'), await outcomeOf(flows.ours, 'b')];
  if (
    !(floor.isTaken && floor.hasProof && floor.isServed) ||
    JSON.stringify(floor) !== JSON.stringify(ours)
  ) {
    throw new Error(
      'The floor and the package come to different ends: the comparison would not be fair. ' +
        JSON.stringify({ floor, ours }),
    );
  }
}

function without(row: object | undefined): object {
  return Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !own.has(name)));
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

/** What else is to be removed is removed all the same. */
function failed(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}
