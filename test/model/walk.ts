/** One walk: the same statements in the model and in the tables, compared after each. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { StateRows } from '../../src/connections/state-rows';
import type { StoredToken } from '../../src/tokens/token-row';
import type { TokenRows } from '../../src/tokens/token-rows';
import { executed, put } from './database';
import type { RealTables } from './real-tables';
import { readAlike, rowOf, valuesOf } from './real-tables';
import type { GrantOf, Statement, Values } from './statements';
import { ofFlows, ofRows } from './statements';
import type { Flow, Lease, Row, World } from './world';
import { changed } from './world';
import type { StatementWant } from './writer';

/** A statement about one row or flow, with at most one thing that is not as it is in the table. */
export interface WalkStep {
  readonly name: keyof typeof ofRows | keyof typeof ofFlows | 'insert' | 'begin';
  /** Which row or flow, by its place. */
  readonly place: number;
  readonly wrong: 'nothing' | 'id' | 'generation' | 'claimed' | 'access' | 'user';
  /** What the lease is before; `as it is` leaves it. */
  readonly lease: Lease | 'as it is';
  /** Whether a put ends a flow, and whether a flow has expired. */
  readonly hasFlow: boolean;
  readonly isExpired: boolean;
  readonly keepsRefresh: boolean;
}

export const USERS = ['ada', 'bob', 'eve'] as const;
const SETTING = { rotation: 'strict', reach: 'grant' } as const;
const LEASE_MS = 90_000;

export class Walk {
  private world: World = {
    ...{ rows: [], flows: [], grants: [], messages: [], strays: [], processes: [], removals: [] },
    ...{ time: 0, offset: 0, excuses: [], violation: null },
  };
  private made = 0;

  /** @param refusedAlone gets each condition that was the only one to refuse a statement */
  constructor(
    private readonly rows: TokenRows,
    private readonly states: StateRows,
    private readonly tables: RealTables,
    private readonly refusedAlone: Set<string>,
  ) {}

  async step(step: WalkStep): Promise<void> {
    if (step.name === 'begin') await this.begin(step);
    else if (step.name === 'insert') await this.insert(step);
    else if (step.name in ofFlows) await this.onFlow(step.name as keyof typeof ofFlows, step);
    else await this.onRow(step.name as keyof typeof ofRows, step);
    await this.compare();
  }

  private async onRow(name: keyof typeof ofRows, step: WalkStep): Promise<void> {
    const row = this.world.rows[step.place % Math.max(this.world.rows.length, 1)];
    if (!row) return;
    if (step.lease !== 'as it is') await this.setLease(row.id, step.lease);
    const token = (await this.rows.readById(row.id)) as StoredToken;
    const before = this.world.rows.find(({ id }) => id === row.id) as Row;
    const seen = { ...before, ...wrongPart(step, before) };
    const read: StoredToken = {
      ...token,
      id: seen.id,
      generation: seen.generation,
      claimedGeneration: seen.claimed,
      accessTokenEncrypted: seen.access,
    };
    const values = this.values(step);
    const claimed =
      step.wrong === 'claimed' ? before.generation : Math.max(before.claimed, before.generation + 1);
    switch (name) {
      case 'claim':
        return this.both({ do: 'statement', name, given: { seen } }, () => this.rows.claim(read, LEASE_MS));
      case 'save': {
        const modelled = this.carryOut({ do: 'statement', name, given: { seen, claimed, values } });
        const saved = await this.rows.save(read, claimed, valuesOf(values));
        const now = this.world.rows.find(({ id }) => id === seen.id);
        const missed = !now ? 'gone' : now.generation >= claimed ? 'superseded' : 'changed';
        return expect(saved.kind).toBe(modelled === true ? 'saved' : missed);
      }
      case 'mark': {
        const own = step.wrong === 'claimed' ? before.claimed + 1 : before.claimed;
        const want = { do: 'statement', name, given: { seen, claimed: own } } as const;
        return this.both(want, () => this.rows.mark(read, own, 'invalid_grant'));
      }
      case 'release': {
        const own = step.wrong === 'claimed' ? before.claimed + 1 : before.claimed;
        this.carryOut({ do: 'statement', name, given: { seen, claimed: own } });
        return this.rows.release(read, own);
      }
      case 'rewrite': {
        const user = step.hasFlow ? { user: USERS[step.place % USERS.length] as string } : {};
        const changes = { access: values.access, refresh: values.refresh ?? null };
        const modelled = this.carryOut({
          do: 'statement',
          name,
          given: { seen, changes: { ...changes, ...user } },
        });
        const result = await this.rows.rewrite(read, {
          ...{ accessTokenEncrypted: changes.access, refreshTokenEncrypted: changes.refresh },
          ...(step.hasFlow ? { userId: user.user as string } : {}),
        });
        return expect(result).toBe(
          modelled === true ? 'rewritten' : modelled === false ? 'changed' : modelled,
        );
      }
      case 'delete':
        return this.both({ do: 'statement', name, given: { seen } }, () => this.rows.delete(read));
      default:
        return this.put(step, { ...read, ...{} }, seen, values);
    }
  }

  private async insert(step: WalkStep): Promise<void> {
    await this.put(step, null, null, this.values(step));
  }

  private async put(
    step: WalkStep,
    over: StoredToken | null,
    seen: Row | null,
    values: Values,
  ): Promise<void> {
    const flow = step.hasFlow ? this.world.flows.find(({ grantId }) => grantId !== null) : undefined;
    const user = seen?.user ?? (USERS[step.place % USERS.length] as string);
    const grantId = flow?.grantId ?? randomUUID();
    const grant: GrantOf = { grantId, grantedAt: '2026-03-03T04:03:03.003Z' };
    const state = step.hasFlow
      ? step.wrong === 'user'
        ? 'no such state'
        : (flow?.state ?? 'no such state')
      : null;
    const ref = { userId: user, connectionName: 'walk', account: 'default' };
    const deletion = state === null ? undefined : this.states.deletion(state, grantId);
    const result = await this.rows.put(
      ref,
      valuesOf(values),
      { id: grantId, at: grant.grantedAt },
      over,
      deletion,
    );
    const id = (await this.rows.read(ref))?.id ?? '';
    const given = { id, user, over: seen, values, grant: { ...grant, grantId }, flow: state };
    const modelled = put(this.world, given, SETTING);
    if (modelled.result === 'ended') {
      const isFree = put(this.world, { ...given, flow: null }, SETTING).result === 'put';
      if (isFree) this.refusedAlone.add('put.flow');
    } else if (seen)
      this.noteRefusal('replace', ofRows.replace as never, this.world.rows, { seen, values, grant });
    else if (modelled.result === 'changed') this.refusedAlone.add('insert.unique key');
    this.world = modelled.world;
    expect(result === 'taken' ? 'changed' : result).toBe(modelled.result);
  }

  private async begin({ place }: WalkStep): Promise<void> {
    if (this.world.flows.length >= 4) return;
    const user = USERS[place % USERS.length] as string;
    const flow: Flow = {
      state: `${(this.made += 1)}-${randomUUID()}`,
      user,
      grantId: null,
      isExpired: false,
    };
    await this.tables.begin(flow);
    this.world = { ...this.world, flows: [...this.world.flows, flow] };
  }

  private async onFlow(name: keyof typeof ofFlows, step: WalkStep): Promise<void> {
    const flow = this.world.flows[step.place % Math.max(this.world.flows.length, 1)];
    if (!flow) return;
    if (step.isExpired && name === 'take') await this.expire(flow);
    const state = step.wrong === 'id' ? 'no such state' : flow.state;
    const isOther = step.wrong === 'user';
    const user = isOther ? (USERS.find((other) => other !== flow.user) as string) : flow.user;
    const grantId = step.wrong === 'access' ? randomUUID() : (flow.grantId ?? randomUUID());
    if (name === 'take') {
      const want = { do: 'statement', name, given: { state, user, grantId } } as const;
      const who = { userId: user, browserBinding: undefined };
      await this.both(want, async () => (await this.states.take(state, who, grantId)) !== null);
    } else if (name === 'endFlow') {
      const want = { do: 'statement', name, given: { state, grantId } } as const;
      await this.both(want, () => this.states.end(state, grantId));
    } else {
      await this.both({ do: 'statement', name, given: { user } }, () => this.states.endAll({ userId: user }));
    }
  }

  private async both(want: StatementWant, real: () => Promise<boolean>): Promise<void> {
    const modelled = this.carryOut(want);
    expect(await real()).toBe(modelled);
  }

  private carryOut(want: StatementWant): boolean | 'taken' {
    const isOnFlows = want.name in ofFlows;
    const statement = { ...ofRows, ...ofFlows }[want.name] as Statement<Row | Flow, unknown>;
    this.noteRefusal(want.name, statement, isOnFlows ? this.world.flows : this.world.rows, want.given);
    const { world, result } = executed(this.world, want, SETTING);
    this.world = world;
    return result;
  }

  /** A statement that touched nothing, and would have touched something without one of its conditions. */
  private noteRefusal(
    name: string,
    { conditions }: Statement<Row | Flow, unknown>,
    targets: readonly (Row | Flow)[],
    given: unknown,
  ): void {
    const missing = (target: Row | Flow) =>
      Object.keys(conditions).filter((one) => !conditions[one]?.(target, given));
    const refusals = targets.map(missing);
    if (refusals.some(({ length }) => length === 0)) return;
    for (const [only, ...others] of refusals)
      if (others.length === 0) this.refusedAlone.add(`${name}.${only}`);
  }

  private values({ keepsRefresh, hasFlow, isExpired }: WalkStep): Values {
    const access = `access-${(this.made += 1)}`;
    const refresh = keepsRefresh ? undefined : `refresh-${this.made}`;
    return {
      access,
      refresh,
      life: isExpired ? 'expired' : 'fresh',
      fingerprint: hasFlow ? 'f' : 'g',
      isUsable: !isExpired,
    };
  }

  private async setLease(id: string, lease: Lease): Promise<void> {
    await this.tables.setLease(id, lease);
    this.world = {
      ...this.world,
      rows: changed(
        this.world.rows,
        (row) => row.id === id,
        () => ({ lease }),
      ),
    };
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

  private async compare(): Promise<void> {
    const found = await Promise.all(USERS.map((user) => this.rows.readOf(user)));
    const order = <Part extends { readonly user: string }>(list: readonly Part[]) =>
      list.toSorted((one, other) => one.user.localeCompare(other.user));
    expect(order(found.flat().map(rowOf))).toEqual(order(this.world.rows.map(readAlike)));
    const flows = this.world.flows.toSorted((one, other) => one.state.localeCompare(other.state));
    const real = (await this.tables.flows()).toSorted((one, other) => one.state.localeCompare(other.state));
    expect(real).toEqual(flows);
  }
}

function wrongPart({ wrong }: WalkStep, row: Row): Partial<Row> {
  if (wrong === 'id') return { id: randomUUID() };
  if (wrong === 'generation') return { generation: row.generation + 1 };
  if (wrong === 'claimed') return { claimed: row.claimed + 1 };
  return wrong === 'access' ? { access: 'other' } : {};
}
