/** Refreshes tokens before a caller needs them, for hosts with a scheduler: the first to expire first, and many at a time. */
import { setImmediate } from 'node:timers/promises';
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { toInstant } from '../entities/instant';
import { isConnectionsError } from '../errors';
import type { TokenAnswer } from '../oauth/token-answer';
import type { RefreshResult } from '../tokens/refresh';
import type { DueToken } from '../tokens/token-row';
import { useOf } from '../tokens/due';
import { DueQueue } from './due-queue';
import type { Opened } from './opened';
import type { RefreshExpiringOptions, RefreshExpiringReport } from './options';
import { declaredUnder } from './provider';
import { ProviderLanes } from './provider-lanes';
import type { Sign } from './provider-sign';
import { signOf, signOfError } from './provider-sign';
import { RefreshSummary } from './refresh-summary';
import type { TokenService } from './token-service';
import { marginOf } from './token-use';

const DEFAULT_WITHIN_MS = 300_000;
const DEFAULT_LIMIT = 100;
const DEFAULT_CONCURRENCY = 32;

/** So many times the tokens that are refreshed at once: processes that begin together seldom choose the same. */
const WINDOW = 16;
const LEAST_WINDOW = 64;
const MOST_WINDOW = 1_000;

/** After so many tokens that other processes took first, it is looked which others they have taken. */
const MOST_LOST = 8;

/** @throws ConnectionsError what the registry throws, and `database_busy` or `database_failed` when no rows can be read */
export async function refreshExpiring(
  opened: Opened,
  registry: ConnectionRegistry,
  service: TokenService,
  options: RefreshExpiringOptions,
): Promise<RefreshExpiringReport> {
  const run = new ExpiringRun(opened, service, await registry.list(), options);
  try {
    // Tokens about which there is a doubt come last: many of them must not take the place of others.
    await run.pass(false);
    await run.pass(true);
  } finally {
    service.report(run.summary);
  }
  return run.report;
}

class ExpiringRun {
  readonly report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };
  readonly summary = new RefreshSummary();
  private readonly definitions = new Map<string, ConnectionDefinition>();
  private readonly lanes = new Map<string, ProviderLanes>();
  private readonly concurrency: number;
  private readonly limit: number;
  private readonly withinMs: number;
  private readonly at: string;
  /** Ids of the tokens that a provider was asked about. */
  private readonly asked = new Set<string>();
  private readonly running = new Set<Promise<void>>();
  private lost = 0;
  private isClosed = false;

  constructor(
    private readonly opened: Opened,
    private readonly service: TokenService,
    definitions: readonly ConnectionDefinition[],
    private readonly options: RefreshExpiringOptions,
  ) {
    const {
      withinMs = DEFAULT_WITHIN_MS,
      limit = DEFAULT_LIMIT,
      concurrency = DEFAULT_CONCURRENCY,
    } = options;
    this.withinMs = withinMs;
    this.limit = limit;
    this.concurrency = Math.min(concurrency, limit);
    this.at = toInstant(new Date(Date.now() + withinMs));
    for (const definition of definitions) {
      const { name, oauth } = definition;
      if (!oauth || service.pauses.waiting(name)) continue;
      this.definitions.set(name, definition);
      const isProbe = service.pauses.latest(name) !== undefined;
      this.lanes.set(name, new ProviderLanes(this.concurrency, isProbe));
    }
  }

  /** @param isDoubted whether those about which there is a doubt are refreshed, or the others */
  async pass(isDoubted: boolean): Promise<void> {
    const { rows } = this.opened.vault;
    const size = Math.min(Math.max(WINDOW * this.concurrency, LEAST_WINDOW), MOST_WINDOW);
    const queue = new DueQueue(rows, this.at, isDoubted, [...this.definitions.keys()], size);
    const hasRoom = (name: string) => this.lanes.get(name)?.hasRoom === true;
    const isWorthIt = (row: DueToken) => this.isWorthIt(row);
    try {
      while (!this.isOver) {
        if (this.lost >= MOST_LOST) {
          this.lost = 0;
          await queue.dropTaken();
        }
        const row = this.isFull ? undefined : queue.next(hasRoom);
        if (row) this.begin(row);
        else if (!this.isFull && (await queue.read(hasRoom, isWorthIt))) await setImmediate();
        else if (this.running.size > 0) await Promise.race(this.running);
        else return;
      }
    } finally {
      await Promise.all(this.running);
    }
  }

  private get isOver(): boolean {
    return this.isClosed || this.asked.size >= this.limit || this.options.signal?.aborted === true;
  }

  private get isFull(): boolean {
    const count = this.running.size;
    return count >= this.concurrency || this.asked.size + count >= this.limit;
  }

  /** Tokens that cannot be refreshed, or not now, are skipped: many of them must not take the place of others. */
  private isWorthIt(row: DueToken): boolean {
    // A doubt may have been raised just now.
    if (this.asked.has(row.id)) return false;
    const definition = this.definitionOf(row);
    const { configFingerprint } = declaredUnder(definition);
    const use = useOf(row, { now: Date.now(), marginMs: this.marginOf(definition), configFingerprint });
    const isWorthIt = use.isDue && use.canRefresh && !this.service.isWaiting(row);
    if (!isWorthIt) this.report.skipped += 1;
    return isWorthIt;
  }

  private begin(row: DueToken): void {
    const lanes = this.lanes.get(row.connectionName);
    lanes?.begin();
    const work = this.refresh(row, lanes).finally(() => this.running.delete(work));
    this.running.add(work);
  }

  /** Never throws. */
  private async refresh(row: DueToken, lanes: ProviderLanes | undefined): Promise<void> {
    const { service } = this;
    let sign: Sign | null;
    let answer: TokenAnswer | null = null;
    try {
      const definition = this.definitionOf(row);
      const margin = this.marginOf(definition);
      const result = await service.refreshEarly(this.opened, definition, row, margin, this.summary);
      this.report[kindOf(result)] += 1;
      if (result.answer === null) this.lost += 1;
      else this.asked.add(row.id);
      sign = signOf(result);
      answer = result.answer;
    } catch (error) {
      // Said by the service, in the log and in an event.
      sign = signOfError(error);
      this.isClosed ||= isConnectionsError(error, 'connections_closed');
      if (!this.isClosed) {
        this.asked.add(row.id);
        this.report.failed += 1;
      }
    }
    if (lanes?.end(sign)) service.pause(row, answer);
    if (sign === 'success') service.pauses.succeeded(row.connectionName);
  }

  private definitionOf({ connectionName }: DueToken): ConnectionDefinition {
    return this.definitions.get(connectionName) as ConnectionDefinition;
  }

  /** A margin of 0 means that the provider refuses to refresh a token that is still valid. */
  private marginOf(definition: ConnectionDefinition): number {
    return marginOf(definition) === 0 ? 0 : this.withinMs;
  }
}

function kindOf({ answer, isSaved, marked }: RefreshResult): keyof RefreshExpiringReport {
  if (marked !== null) return 'reauthorizationRequired';
  if (isSaved) return 'refreshed';
  return answer?.kind === 'transient' || answer?.kind === 'misconfigured' ? 'failed' : 'skipped';
}
