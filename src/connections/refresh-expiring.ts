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

/** Rows read for each token refreshed at a time: processes that begin together seldom choose the same. */
const WINDOW = 16;
const LEAST_WINDOW = 64;

/** After losing this many tokens to other processes, drop those they have taken since. */
const MOST_LOST = 8;

/** Of those that no provider was asked about, such as tokens that this process cannot decrypt. */
const MOST_FRUITLESS = 10_000;

/** @throws ConnectionsError what the registry throws, and `database_busy` or `database_failed` when no rows can be read */
export async function refreshExpiring(
  opened: Opened,
  registry: ConnectionRegistry,
  service: TokenService,
  options: RefreshExpiringOptions,
): Promise<RefreshExpiringReport> {
  const run = new ExpiringRun(opened, service, await registry.list(), options);
  try {
    await opened.vault.refresher.during(run.all());
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
  /** Ids of the tokens whose turn has come in this call, except those that another process was refreshing. */
  private readonly done = new Set<string>();
  /** Tokens that a provider was asked about. */
  private asked = 0;
  private fruitless = 0;
  private lost = 0;
  private running = 0;
  private hasPutOff = false;
  /** Tells `pass` that one of those under way has ended. */
  private wake = () => undefined as void;

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
      this.lanes.set(name, new ProviderLanes(this.concurrency, isProbe, service.recordOf(name)));
    }
  }

  /** Those that will probably fail come last: many of them must not take the place of others. */
  async all(): Promise<void> {
    await this.pass(false, (row) => !this.hasFailed(row));
    if (this.hasPutOff) await this.pass(false, (row) => this.hasFailed(row));
    await this.pass(true, () => true);
  }

  /**
   * @param isDoubtful as `DueQuery` has it
   * @param isOfPass whether a token is refreshed in this pass
   */
  private async pass(isDoubtful: boolean, isOfPass: (row: DueToken) => boolean): Promise<void> {
    const { rows } = this.opened.vault;
    const size = Math.max(WINDOW * this.concurrency, LEAST_WINDOW);
    const queue = new DueQueue(rows, this.at, isDoubtful, [...this.definitions.keys()], size);
    const hasRoom = (name: string) => this.lanes.get(name)?.hasRoom === true;
    const isWorthIt = (row: DueToken) => !this.done.has(row.id) && isOfPass(row) && this.isWorthIt(row);
    try {
      while (!this.isOver) {
        if (this.lost >= MOST_LOST) {
          this.lost = 0;
          await queue.dropTaken(hasRoom);
        }
        const row = this.isFull ? undefined : queue.next(hasRoom);
        if (row) this.begin(row);
        else if (!this.isFull && (await queue.read(hasRoom, isWorthIt))) await setImmediate();
        else if (this.running > 0) await this.oneEnds();
        else return;
      }
    } finally {
      while (this.running > 0) await this.oneEnds();
    }
  }

  private get isOver(): boolean {
    return (
      this.opened.vault.refresher.isClosing ||
      this.asked >= this.limit ||
      this.fruitless >= MOST_FRUITLESS ||
      this.options.signal?.aborted === true
    );
  }

  private get isFull(): boolean {
    return this.running >= this.concurrency || this.asked + this.running >= this.limit;
  }

  private oneEnds(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private hasFailed(row: DueToken): boolean {
    const hasFailed = this.service.hasFailed(row);
    this.hasPutOff ||= hasFailed;
    return hasFailed;
  }

  /** Tokens that cannot be refreshed, or not now, are skipped: many of them must not take the place of others. */
  private isWorthIt(row: DueToken): boolean {
    const definition = this.definitionOf(row);
    const { configFingerprint } = declaredUnder(definition);
    const use = useOf(row, { now: Date.now(), marginMs: this.marginOf(definition), configFingerprint });
    const isWorthIt = use.isDue && use.canRefresh && !this.service.isWaiting(row);
    if (!isWorthIt) this.report.skipped += 1;
    return isWorthIt;
  }

  private begin(row: DueToken): void {
    // A caller's refresh may have failed since the row was read.
    if (this.service.isWaiting(row)) {
      this.report.skipped += 1;
      return;
    }
    const lanes = this.lanes.get(row.connectionName);
    lanes?.begin();
    this.running += 1;
    void this.refresh(row, lanes).finally(() => {
      this.running -= 1;
      this.wake();
    });
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
      this.count(row, result);
      sign = signOf(result);
      answer = result.answer;
    } catch (error) {
      // Said by the service, in the log and in an event.
      sign = signOfError(error);
      this.countError(row, error);
    }
    if (lanes?.end(sign)) service.pause(row, answer);
    if (sign === 'success') service.pauses.succeeded(row.connectionName);
  }

  private count(row: DueToken, result: RefreshResult): void {
    this.report[kindOf(result)] += 1;
    if (result.outcome !== 'leased') this.done.add(row.id);
    if (result.answer !== null) this.asked += 1;
    // Another process is refreshing it, or has done so.
    else if (result.outcome === 'leased' || result.outcome === 'usable') this.lost += 1;
    else this.fruitless += 1;
  }

  private countError(row: DueToken, error: unknown): void {
    if (isConnectionsError(error, 'connections_closed')) return;
    this.done.add(row.id);
    this.report.failed += 1;
    if (isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) this.fruitless += 1;
    // A database that fails is no reason to go through all rows.
    else this.asked += 1;
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
