/**
 * Every order of events of a few processes, a provider that rotates and revokes on reuse, and at most two faults: a
 * process is killed, an owner stalls past its lease, an answer is lost on its way, somebody deletes the row.
 */
import { describe, expect, it } from 'vitest';
import type { TokenAnswer } from '../../src/oauth/token-answer';
import type { RefreshProtocol, RefreshStep, StepResult, TokenState } from '../../src/tokens/refresh-protocol';
import { refreshProtocol } from '../../src/tokens/refresh-protocol';

type Tokens = number;
type Fault = 'kill' | 'stall' | 'lose' | 'delete';

interface Process {
  readonly protocol: RefreshProtocol<Tokens>;
  /** What it is about to do; null when it has ended. */
  next: RefreshStep<Tokens> | null;
  /** The provider's answer, on its way. */
  answer: TokenAnswer<Tokens> | null;
  outcome: string | null;
  /** Generations that it read, the latest last. */
  readonly read: number[];
}

/** The world: one row, one provider, some processes. Refresh tokens are numbers; the provider takes `current` only. */
class World {
  row: {
    generation: number;
    claimed: number;
    lease: number | null;
    isGivenUp: boolean;
    status: TokenState['status'];
    token: Tokens;
  } | null = {
    generation: 0,
    claimed: 0,
    lease: null,
    isGivenUp: false,
    status: 'active',
    token: 0,
  };
  current: Tokens = 0;
  isGrantAlive = true;
  requests = 0;
  /** Faults after which a provider may be asked with a token that it has answered. */
  mayReuse = false;
  readonly processes: Process[] = [];
  readonly violations: string[] = [];
  readonly revoked: Tokens[] = [];
  /** A killed process holds its lease until that ends; who waits for it waits as long. */
  hasKilled = false;

  /**
   * @param isShortLived whether every token has expired by the time that it is read
   * @param isUnusable whether the provider issues tokens that cannot be sent: a save marks the row
   */
  constructor(
    private readonly isShortLived: boolean,
    private readonly isUnusable: boolean,
  ) {}

  start(): Process {
    const protocol = refreshProtocol<Tokens>();
    const process: Process = { protocol, next: null, answer: null, outcome: null, read: [] };
    this.processes.push(process);
    this.resume(process, undefined);
    return process;
  }

  resume(process: Process, result: StepResult<Tokens>): void {
    const step = process.protocol.next(result);
    if (step.done) {
      process.next = null;
      process.outcome = step.value;
      return;
    }
    process.next = step.value;
  }

  /** Waiting ends when there is something new to read or a lease to take. */
  canStep({ next, read }: Process): boolean {
    if (next?.step !== 'wait') return next !== null;
    return this.row === null || this.row.generation !== read.at(-1) || this.row.lease === null;
  }

  step(process: Process): void {
    const { next } = process;
    const { row } = this;
    if (next?.step === 'request') {
      if (process.answer) {
        const { answer } = process;
        process.answer = null;
        this.resume(process, answer);
      } else {
        if (next.seen.generation > (process.read[0] ?? 0)) {
          this.violations.push('asked although somebody had since it began');
        }
        process.answer = this.ask(next.seen);
      }
      return;
    }
    if (next?.step === 'read' && row) process.read.push(row.generation);
    const result = next && this.carryOut(next, row);
    this.resume(process, result);
    if (next?.step === 'mark' && result === false && process.next === null) {
      this.violations.push('gave up although somebody had saved or claimed');
    }
  }

  private carryOut(next: RefreshStep<Tokens>, row: World['row']): StepResult<Tokens> {
    switch (next.step) {
      case 'read':
        return row && this.state(row);
      case 'claim': {
        const { seen } = next;
        if (!row || row.lease !== null || row.generation !== seen.generation) return false;
        if (row.claimed !== seen.claimedGeneration) return false;
        row.claimed += 1;
        row.lease = row.claimed;
        row.isGivenUp = false;
        return true;
      }
      case 'save':
        if (!row) return 'gone';
        if (row.generation >= next.claimed) return 'superseded';
        Object.assign(row, {
          generation: next.claimed,
          token: next.tokens,
          status: this.isUnusable ? 'reauthorization_required' : 'active',
        });
        if (row.lease === next.claimed) row.lease = null;
        return 'saved';
      case 'release':
        if (row?.claimed === next.claimed) Object.assign(row, { lease: null, isGivenUp: true });
        return true;
      case 'mark':
        if (!row || row.generation !== next.seen.generation || row.claimed !== next.claimed) return false;
        Object.assign(row, { status: 'reauthorization_required', lease: null });
        return true;
      case 'revoke':
        this.revoked.push(next.tokens);
        return undefined;
      default:
        return undefined;
    }
  }

  private state(row: NonNullable<World['row']>): TokenState {
    const isUsable = row.generation > 0 && !this.isShortLived && row.status === 'active';
    return {
      generation: row.generation,
      claimedGeneration: row.claimed,
      isLeased: row.lease !== null,
      isGivenUp: row.isGivenUp && row.claimed > row.generation,
      status: row.status,
      canRefresh: row.status === 'active',
      isUsable,
      isDue: !isUsable,
    };
  }

  private ask(seen: TokenState): TokenAnswer<Tokens> {
    this.requests += 1;
    const presented = this.tokenOf(seen.generation);
    if (presented !== this.current && this.isGrantAlive) {
      if (!this.mayReuse) this.violations.push(`token ${presented} was presented again`);
      this.isGrantAlive = false;
    }
    if (!this.isGrantAlive) return { kind: 'invalid_grant' };
    this.current += 1;
    return { kind: 'tokens', tokens: this.current };
  }

  private readonly saved = new Map<number, Tokens>([[0, 0]]);

  private tokenOf(generation: number): Tokens {
    if (this.row) this.saved.set(this.row.generation, this.row.token);
    return this.saved.get(generation) ?? 0;
  }
}

type Event = `step ${number}` | `${Fault} ${number}`;

const hasUnsaved = ({ next, answer }: Process) => answer?.kind === 'tokens' || next?.step === 'save';

function events(world: World, faultsLeft: number, faults: readonly Fault[]): Event[] {
  const found: Event[] = [];
  world.processes.forEach((process, index) => {
    if (world.canStep(process)) found.push(`step ${index}`);
    if (faultsLeft === 0 || !process.next) return;
    if (faults.includes('kill')) found.push(`kill ${index}`);
    const owns =
      typeof world.row?.lease === 'number' && process.next.step !== 'read' && process.next.step !== 'wait';
    if (faults.includes('stall') && owns && process.next.step !== 'claim') found.push(`stall ${index}`);
    if (faults.includes('lose') && process.answer) found.push(`lose ${index}`);
  });
  if (faultsLeft > 0 && faults.includes('delete') && world.row) found.push('delete 0');
  return found;
}

function happen(world: World, event: Event): void {
  const [what, index] = event.split(' ') as [string, string];
  const process = world.processes[Number(index)] as Process;
  if (what === 'step') return world.step(process);
  if (what !== 'delete' && hasUnsaved(process)) world.mayReuse = true;
  // Its request may still be on its way when the lease ends, and be answered after that.
  if (what === 'stall' && process.next?.step === 'request') world.mayReuse = true;
  if (what === 'kill') {
    process.next = null;
    world.hasKilled = true;
  }
  if (what === 'lose') process.answer = { kind: 'transient', retryAfterMs: null };
  if (what === 'stall' && world.row) world.row.lease = null;
  if (what === 'delete') world.row = null;
}

/** Runs every order; for each that has come to its end, `check` says what must hold. */
function explore(
  processes: number,
  most: number,
  faults: readonly Fault[],
  check: (world: World, trace: readonly Event[]) => void,
  { isShortLived = false, isUnusable = false } = {},
): number {
  let orders = 0;
  const replay = (trace: readonly Event[]) => {
    const world = new World(isShortLived, isUnusable);
    for (let count = 0; count < processes; count += 1) world.start();
    for (const event of trace) happen(world, event);
    return world;
  };
  const visit = (trace: readonly Event[], faultsLeft: number) => {
    const world = replay(trace);
    const next = events(world, faultsLeft, faults);
    if (!next.some((event) => event.startsWith('step'))) {
      orders += 1;
      check(world, trace);
    }
    for (const event of next) visit([...trace, event], faultsLeft - (event.startsWith('step') ? 0 : 1));
  };
  visit([], most);
  return orders;
}

describe('the refresh protocol, in every order of events', () => {
  it('asks once and serves everybody when nothing fails', () => {
    const orders = explore(3, 0, [], (world, trace) => {
      const outcomes = world.processes.map(({ outcome }) => outcome);
      const { requests, isGrantAlive, violations } = world;
      expect({ trace, outcomes, requests, isGrantAlive, violations }).toEqual({
        trace,
        outcomes: ['usable', 'usable', 'usable'],
        requests: 1,
        isGrantAlive: true,
        violations: [],
      });
    });
    expect(orders).toBeGreaterThan(500);
  });

  it('never presents an answered token again, but for a stop between the answer and the save, and never gets stuck', () => {
    const orders = explore(2, 2, ['kill', 'stall', 'lose'], (world, trace) => {
      const isStuck = !world.hasKilled && world.processes.some(({ next }) => next !== null);
      expect({ trace, isStuck }).toEqual({ trace, isStuck: false });
      if (world.row) world.row.lease = null;
      const late = world.start();
      while (world.canStep(late)) world.step(late);
      const { violations, isGrantAlive, current, mayReuse } = world;
      expect({ trace, violations, outcome: late.outcome }).toEqual({
        trace,
        violations: [],
        outcome: mayReuse ? expect.stringMatching(/^(usable|reauthorization_required)$/) : 'usable',
      });
      const isCurrent = world.row?.token === current;
      expect({ trace, isKept: mayReuse || (isGrantAlive && isCurrent) }).toEqual({ trace, isKept: true });
    });
    expect(orders).toBeGreaterThan(1000);
  });

  it('lets those who waited take what was issued, however short its life', () => {
    const check = (world: World, trace: readonly Event[]) => {
      const outcomes = world.processes.map(({ outcome }) => outcome);
      expect({ trace, outcomes, violations: world.violations }).toEqual({
        trace,
        outcomes: ['usable', 'usable', 'usable'],
        violations: [],
      });
    };
    expect(explore(3, 0, [], check, { isShortLived: true })).toBeGreaterThan(500);
  });

  it('asks once for a token that cannot be sent, and tells those who waited', () => {
    const check = (world: World, trace: readonly Event[]) => {
      const outcomes = world.processes
        .map(({ outcome }) => String(outcome))
        .toSorted((a, b) => a.localeCompare(b));
      expect({ trace, outcomes, requests: world.requests, violations: world.violations }).toEqual({
        trace,
        // Who saved it knows from the row.
        outcomes: ['reauthorization_required', 'reauthorization_required', 'usable'],
        requests: 1,
        violations: [],
      });
    };
    expect(explore(3, 0, [], check, { isUnusable: true })).toBeGreaterThan(500);
  });

  it('lets those who waited share a failure, so that a provider that is out of order is asked once', () => {
    const seen = {
      generation: 1,
      claimedGeneration: 2,
      isGivenUp: false,
      status: 'active',
      canRefresh: true,
    } as const;
    const isUsable = false;
    const protocol = refreshProtocol<Tokens>();
    protocol.next();
    const waiting = protocol.next({ ...seen, isUsable, isDue: true, isLeased: true });
    expect(waiting.value).toEqual({ step: 'wait' });
    protocol.next();
    const ended = protocol.next({ ...seen, isUsable, isDue: true, isLeased: false, isGivenUp: true });
    expect(ended).toEqual({ done: true, value: 'transient' });
  });

  it('revokes what it cannot save because the row has gone', () => {
    const revoking = new Set<string>();
    explore(2, 1, ['delete'], (world, trace) => {
      const outcomes = world.processes.map(({ outcome }) => outcome);
      if (world.row === null) {
        const isTold = outcomes.every((outcome) => outcome === 'gone' || outcome === 'usable');
        expect({ trace, isTold }).toEqual({ trace, isTold: true });
        const isSaved = outcomes.includes('usable');
        if (!isSaved) {
          const given = Array.from({ length: world.current }, (_, index) => index + 1);
          expect({ trace, revoked: world.revoked }).toEqual({ trace, revoked: given });
        }
      }
      if (outcomes.includes('gone') && world.requests > 0) revoking.add(String(world.requests));
    });
    expect([...revoking]).toEqual(['1']);
  });
});
