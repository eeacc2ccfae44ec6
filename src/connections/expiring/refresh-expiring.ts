/** Refreshes tokens before a caller needs them, for hosts with a scheduler: the first to expire first, and many at a time. */
import { type OAuthConnection, isOAuth } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import { toInstant } from '../../entities/instant';
import type { Log } from '../../logging';
import type { TokenAnswer } from '../../oauth/token-answer';
import {
  type OptionChecks,
  abortSignal,
  checkOptions,
  milliseconds,
  rowCount,
  wholeNumber,
} from '../../options';
import { nextTurn } from '../../pauses';
import type { DueToken } from '../../tokens/token-row';
import { RefreshSummary } from '../access/refresh-reports';
import type { RefreshRuns } from '../access/refresh-runs';
import { marginOf, useByDeclaration } from '../access/token-use';
import type { Runtime } from '../runtime';
import { DueQueue } from './due-queue';
import { type Sign, ProviderLanes, signOf, signOfError } from './provider-lanes';
import { type RefreshExpiringReport, ExpiringTally } from './tally';

/** Options of `refreshExpiring`. */
export interface RefreshExpiringOptions {
  /**
   * Milliseconds: refreshes tokens that expire sooner than this; default 300,000. A token is never refreshed in the first
   * half of its life.
   */
  readonly withinMs?: number | undefined;
  /** Providers are asked about at most this many tokens in one call, those that expire first; default 100. */
  readonly limit?: number | undefined;
  /** At most this many requests at the same time, from 1 to 1,000; default 32. */
  readonly concurrency?: number | undefined;
  /** Begins no further refreshes; those that have begun are finished. */
  readonly signal?: AbortSignal | undefined;
}

const refreshExpiringChecks: OptionChecks<RefreshExpiringOptions> = {
  withinMs: milliseconds(0),
  limit: rowCount(),
  concurrency: wholeNumber(1, 1_000, 'requests'),
  signal: abortSignal,
};

/** @throws ConnectionsError `option_invalid` */
export function checkRefreshExpiringOptions(options: RefreshExpiringOptions): void {
  checkOptions('refreshExpiring', options, refreshExpiringChecks);
}

const DEFAULT_WITHIN_MS = 300_000;

const DEFAULT_LIMIT = 100;

const DEFAULT_CONCURRENCY = 32;

/** Rows read for each token refreshed at a time: processes that begin together seldom choose the same. */
const ROWS_PER_REFRESH = 16;

const LEAST_ROWS = 64;

/** @throws ConnectionsError what the registry throws, and `database_busy` or `database_failed` when no rows can be read */
export async function refreshExpiring(
  runtime: Runtime,
  registry: ConnectionRegistry,
  runs: RefreshRuns,
  log: Log,
  options: RefreshExpiringOptions,
): Promise<RefreshExpiringReport> {
  const run = new ExpiringRun(runtime, runs, (await registry.list()).filter(isOAuth), options);
  try {
    await runtime.vault.refresher.during(run.all());
  } finally {
    run.summary.write(log);
  }
  return run.tally.report;
}

class ExpiringRun {
  readonly tally: ExpiringTally;
  readonly summary = new RefreshSummary();
  private readonly definitions = new Map<string, OAuthConnection>();
  private readonly lanes = new Map<string, ProviderLanes>();
  private readonly concurrency: number;
  private readonly withinMs: number;
  private readonly at: string;
  private running = 0;
  private hasPutOff = false;
  /** Tells `pass` that one of those under way has ended. */
  private wake = () => undefined as void;

  constructor(
    private readonly runtime: Runtime,
    private readonly runs: RefreshRuns,
    definitions: readonly OAuthConnection[],
    private readonly options: RefreshExpiringOptions,
  ) {
    const {
      withinMs = DEFAULT_WITHIN_MS,
      limit = DEFAULT_LIMIT,
      concurrency = DEFAULT_CONCURRENCY,
    } = options;
    this.withinMs = withinMs;
    this.tally = new ExpiringTally(limit);
    this.concurrency = Math.min(concurrency, limit);
    this.at = toInstant(new Date(Date.now() + withinMs));
    for (const definition of definitions) {
      const { name } = definition;
      if (runs.providers.isPaused(name)) continue;
      this.definitions.set(name, definition);
      const isProbe = runs.providers.wasPaused(name);
      this.lanes.set(name, new ProviderLanes(this.concurrency, isProbe, runs.providers.recordOf(name)));
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
    const { pages } = this.runtime.vault;
    const size = Math.max(ROWS_PER_REFRESH * this.concurrency, LEAST_ROWS);
    const queue = new DueQueue(pages, this.at, isDoubtful, [...this.definitions.keys()], size);
    const hasRoom = (name: string) => this.lanes.get(name)?.hasRoom === true;
    const isWorthIt = (row: DueToken) => !this.tally.hasHad(row) && isOfPass(row) && this.isWorthIt(row);
    try {
      while (!this.isOver) {
        if (this.tally.hasLostMany()) await queue.dropTaken(hasRoom);
        const row = this.isFull ? undefined : queue.next(hasRoom);
        if (row) this.begin(row);
        else if (!this.isFull && (await queue.read(hasRoom, isWorthIt))) await nextTurn();
        else if (this.running > 0) await this.oneEnds();
        else return;
      }
    } finally {
      while (this.running > 0) await this.oneEnds();
    }
  }

  private get isOver(): boolean {
    return (
      this.runtime.vault.refresher.isClosing || this.tally.isEnough || this.options.signal?.aborted === true
    );
  }

  private get isFull(): boolean {
    return this.running >= this.concurrency || !this.tally.hasRoom(this.running);
  }

  private oneEnds(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private hasFailed(row: DueToken): boolean {
    const hasFailed = this.runs.hasFailed(row);
    this.hasPutOff ||= hasFailed;
    return hasFailed;
  }

  /** Tokens that cannot be refreshed, or not now, are skipped: many of them must not take the place of others. */
  private isWorthIt(row: DueToken): boolean {
    const definition = this.definitionOf(row);
    const use = useByDeclaration(row, definition, this.windowOf(definition));
    const isWorthIt = use.isDue && use.canRefresh && !this.runs.isWaiting(row);
    if (!isWorthIt) this.tally.skipped();
    return isWorthIt;
  }

  private begin(row: DueToken): void {
    // A caller's refresh may have failed since the row was read.
    if (this.runs.isWaiting(row)) {
      this.tally.skipped();
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
    const { runs, summary } = this;
    let sign: Sign | null;
    let answer: TokenAnswer | null = null;
    try {
      const definition = this.definitionOf(row);
      const marginMs = this.windowOf(definition);
      const result = await runs.run({ runtime: this.runtime, ref: row, definition }, row, {
        marginMs,
        summary,
      });
      this.tally.ended(row, result);
      sign = signOf(result);
      answer = result.answer;
    } catch (error) {
      // Said by the run, in the log and in an event.
      sign = signOfError(error);
      this.tally.failed(row, error);
    }
    if (lanes?.end(sign)) runs.providers.pause(row, answer);
    if (sign === 'success') runs.providers.succeeded(row.connectionName);
  }

  private definitionOf({ connectionName }: DueToken): OAuthConnection {
    return this.definitions.get(connectionName) as OAuthConnection;
  }

  /** How long before its end a token is refreshed; a margin of 0 means that the provider refuses to refresh one that is still valid. */
  private windowOf(definition: OAuthConnection): number {
    return marginOf(definition) === 0 ? 0 : this.withinMs;
  }
}
