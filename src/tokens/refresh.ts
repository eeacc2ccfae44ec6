/**
 * Refreshes tokens for many callers at once. Those in one process that want the same tokens share one run, and no database
 * connection is held while the provider is asked.
 */
import { type AccountRef, refText } from './account-ref';
import { Gate } from './gate';
import { type RefreshRequest, type RefreshResult, RefreshRun, connectionsClosed } from './refresh-run';
import type { RefreshTimes } from './refresh-claim';
import type { TokenRows } from './token-rows';
import type { TokenSeal } from './token-seal';

export class TokenRefresher {
  private readonly running = new Map<string, Promise<RefreshResult>>();
  private readonly gate = new Gate();
  private readonly jobs = new Set<Promise<unknown>>();

  /** Whether no further run begins. */
  isClosing = false;

  constructor(
    private readonly rows: TokenRows,
    private readonly seal: TokenSeal,
    private readonly times: RefreshTimes,
  ) {}

  /** The tokens of an account, refreshed if they are due. */
  refresh(ref: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    if (this.isClosing) return Promise.reject(connectionsClosed());
    const { provider, marginMs, rejected, isPatient = true } = request;
    const { configFingerprint } = provider.under;
    const shared = JSON.stringify([refText(ref), configFingerprint, marginMs, rejected, isPatient]);
    const running = this.running.get(shared);
    if (running) return running;
    const run = this.run(ref, request)
      .catch((error: unknown) => {
        request.observer.failed(ref, error);
        throw error;
      })
      .finally(() => this.running.delete(shared));
    this.running.set(shared, run);
    return run;
  }

  /** Work that begins one run after the other until `isClosing`: `close` waits for its end, too. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.jobs.add(work);
    try {
      return await work;
    } finally {
      this.jobs.delete(work);
    }
  }

  /** Begins no further run, and waits for those under way, so that tokens on their way from a provider are saved. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.gate.open();
    while (this.running.size + this.jobs.size > 0) {
      await Promise.allSettled([...this.running.values(), ...this.jobs]);
    }
  }

  private async run(ref: AccountRef, request: RefreshRequest): Promise<RefreshResult> {
    // A caller that does not wait has limits of its own.
    const leave = request.isPatient === false ? () => undefined : await this.gate.enter();
    try {
      if (this.isClosing) throw connectionsClosed();
      const { rows, seal, times } = this;
      const tools = { rows, seal, times, isClosing: () => this.isClosing };
      const result = await new RefreshRun(tools, ref, request).result(leave);
      request.observer.ended(ref, result);
      return result;
    } finally {
      leave();
    }
  }
}
