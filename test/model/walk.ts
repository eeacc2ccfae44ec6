/** One walk: the same statements in the model and in the tables. */
import { randomUUID } from 'node:crypto';
import type { StateRows } from '../../src/connections/flow/state-rows';
import type { StoredToken } from '../../src/tokens/token-row';
import type { TokenPages } from '../../src/tokens/token-pages';
import type { TokenRows } from '../../src/tokens/token-rows';
import { executed, put } from './database';
import { type RealTables, readAlike, rowOf, valuesOf } from './real-tables';
import type { Refusals } from './refusals';
import type { ofFlows, ofRows } from './statements';
import { type WalkStep, allUsers, seenBy, tokenSeen, userAt, valuesBy } from './walk-step';
import type { Flow, Lease, Row } from './rows';
import { type World, changed, emptyWorld } from './world';
import type { StatementWant } from './writer';

/** What a statement gave, or null for one that was not sent. */
type Result = string | boolean | null;

/** What a step gave and left behind. */
interface Side {
  readonly result: Result;
  readonly rows: readonly Row[];
  readonly flows: readonly Flow[];
}

const SETTING = { rotation: 'strict', reach: 'grant' } as const;
const LEASE_MS = 90_000;
const GRANTED_AT = '2026-03-03T04:03:03.003Z';

export class Walk {
  private world: World = emptyWorld;
  private made = 0;

  constructor(
    private readonly rows: TokenRows,
    private readonly pages: TokenPages,
    private readonly states: StateRows,
    private readonly tables: RealTables,
    private readonly refusals: Refusals,
  ) {}

  async step(step: WalkStep): Promise<{ readonly modelled: Side; readonly real: Side }> {
    const { name } = step;
    const [modelled, real] = await this.results(name, step);
    const found = await Promise.all(
      allUsers.map((userId) => this.rows.read({ userId, connectionName: 'walk', account: 'default' })),
    );
    const rows = found.flatMap((token) => (token ? [rowOf(token)] : []));
    return {
      modelled: side(modelled, this.world.rows.map(readAlike), this.world.flows),
      real: side(real, rows, await this.tables.flows()),
    };
  }

  private async results(name: WalkStep['name'], step: WalkStep): Promise<readonly [Result, Result]> {
    if (name === 'begin') return this.begin(step);
    if (name === 'insert') return this.put(step, null, null);
    if (name === 'take' || name === 'endFlow' || name === 'endFlows') return this.onFlow(name, step);
    const row = this.world.rows[step.place % Math.max(this.world.rows.length, 1)];
    return row ? this.onRow(name, step, row) : [null, null];
  }

  private async onRow(
    name: keyof typeof ofRows,
    step: WalkStep,
    { id }: Row,
  ): Promise<readonly [Result, Result]> {
    if (step.lease !== 'as it is') await this.setLease(id, step.lease);
    const row = this.world.rows.find((one) => one.id === id) as Row;
    const seen = seenBy(step, row);
    const read = tokenSeen((await this.rows.readById(id)) as StoredToken, seen);
    const own = step.wrong === 'claimed' ? row.claimed + 1 : row.claimed;
    switch (name) {
      case 'claim':
        return [
          this.modelled({ do: 'statement', name, given: { seen } }),
          await this.rows.claim(read, LEASE_MS),
        ];
      case 'save':
        return this.save(step, row, seen, read);
      case 'mark': {
        const result = this.modelled({ do: 'statement', name, given: { seen, claimed: own } });
        return [result, await this.rows.mark(read, own, 'invalid_grant')];
      }
      case 'release':
        this.modelled({ do: 'statement', name, given: { seen, claimed: own } });
        await this.rows.release(read, own);
        return [null, null];
      case 'rewrite':
        return this.rewrite(step, seen, read);
      case 'delete':
        return [
          this.modelled({ do: 'statement', name, given: { seen } }),
          (await this.pages.deleteAll([read]))[0] === true,
        ];
      default:
        return this.put(step, seen, read);
    }
  }

  private async save(
    step: WalkStep,
    row: Row,
    seen: Row,
    read: StoredToken,
  ): Promise<readonly [Result, Result]> {
    const claimed = step.wrong === 'claimed' ? row.generation : Math.max(row.claimed, row.generation + 1);
    const values = valuesBy(step, (this.made += 1));
    const isSaved = this.modelled({ do: 'statement', name: 'save', given: { seen, claimed, values } });
    const now = this.world.rows.find(({ id }) => id === seen.id);
    const late = now && now.generation > claimed ? 'superseded' : 'changed';
    const missed = !now ? 'gone' : now.generation === claimed ? 'saved' : late;
    const { kind } = await this.rows.save(read, claimed, valuesOf(values));
    return [isSaved === true ? 'saved' : missed, kind];
  }

  private async rewrite(step: WalkStep, seen: Row, read: StoredToken): Promise<readonly [Result, Result]> {
    const { access, refresh = null } = valuesBy(step, (this.made += 1));
    const user = step.hasFlow ? userAt(step.place) : seen.user;
    const given = { seen, changes: { access, refresh, user } };
    const result = this.modelled({ do: 'statement', name: 'rewrite', given });
    const texts = { accessTokenEncrypted: access, refreshTokenEncrypted: refresh, userId: user };
    const real = await this.rows.rewrite(read, texts);
    return [result === true ? 'rewritten' : result === false ? 'changed' : result, real];
  }

  private async put(
    step: WalkStep,
    seen: Row | null,
    over: StoredToken | null,
  ): Promise<readonly [Result, Result]> {
    const values = valuesBy(step, (this.made += 1));
    const user = seen?.user ?? userAt(step.place);
    const taken = step.hasFlow ? this.world.flows.find(({ grantId }) => grantId !== null) : undefined;
    const grantId = taken?.grantId ?? randomUUID();
    const isThere = taken !== undefined && step.wrong !== 'user';
    const flow = !step.hasFlow ? null : isThere ? taken.state : 'no such state';
    const ref = { userId: user, connectionName: 'walk', account: 'default' };
    const deletion = flow === null ? undefined : this.states.deletion(flow, grantId);
    const real = await this.rows.put(ref, valuesOf(values), { id: grantId, at: GRANTED_AT }, over, deletion);
    const id = (await this.rows.read(ref))?.id ?? '';
    const given = { id, user, over: seen, values, grant: { grantId, grantedAt: GRANTED_AT }, flow };
    this.refusals.ofPut(this.world, given, SETTING);
    const { world, result } = put(this.world, given, SETTING);
    this.world = world;
    return [result, real === 'taken' ? 'changed' : real];
  }

  private async begin({ place }: WalkStep): Promise<readonly [Result, Result]> {
    if (this.world.flows.length >= 4) return [null, null];
    const flow: Flow = { state: randomUUID(), user: userAt(place), grantId: null, isExpired: false };
    await this.tables.begin(flow);
    this.world = { ...this.world, flows: [...this.world.flows, flow] };
    return [null, null];
  }

  private async onFlow(name: keyof typeof ofFlows, step: WalkStep): Promise<readonly [Result, Result]> {
    const flow = this.world.flows[step.place % Math.max(this.world.flows.length, 1)];
    if (!flow) return [null, null];
    if (step.isExpired && name === 'take') await this.expire(flow);
    const state = step.wrong === 'id' ? 'no such state' : flow.state;
    const user = step.wrong === 'user' ? (allUsers.find((other) => other !== flow.user) ?? '') : flow.user;
    const grantId = step.wrong === 'access' ? randomUUID() : (flow.grantId ?? randomUUID());
    const result = this.modelled({ do: 'statement', name, given: { state, user, grantId } } as StatementWant);
    if (name === 'endFlow') return [result, await this.states.end(state, grantId)];
    if (name === 'endFlows') return [result, await this.states.endAll({ userId: user })];
    const who = { userId: user, browserBinding: undefined };
    const isTaken = (await this.states.take(state, who, grantId)) !== null;
    return [result, isTaken];
  }

  private modelled(want: StatementWant): boolean | 'taken' {
    this.refusals.of(this.world, want);
    const { world, result } = executed(this.world, want, SETTING);
    this.world = world;
    return result;
  }

  private async setLease(id: string, lease: Lease): Promise<void> {
    await this.tables.setLease(id, lease);
    const rows = changed(
      this.world.rows,
      (row) => row.id === id,
      () => ({ lease }),
    );
    this.world = { ...this.world, rows };
  }

  private async expire({ state }: Flow): Promise<void> {
    await this.tables.expire(state);
    const flows = changed(
      this.world.flows,
      (flow) => flow.state === state,
      () => ({ isExpired: true }),
    );
    this.world = { ...this.world, flows };
  }
}

function side(result: Result, rows: readonly Row[], flows: readonly Flow[]): Side {
  return {
    result,
    rows: rows.toSorted((one, other) => one.user.localeCompare(other.user)),
    flows: flows.toSorted((one, other) => one.state.localeCompare(other.state)),
  };
}
