/** Writes into the row that an API rejects its token, or takes it. No method throws. */
import type { OAuthConnection } from '../../config/definition';
import { type ConnectionsError, describeError, quote } from '../../errors';
import type { Log } from '../../logging';
import type { AccountRef } from '../../tokens/account-ref';
import { Latest } from '../../tokens/latest';
import { type ServedToken, isRejected, tokensKey } from '../../tokens/token-row';
import type { TokenRows } from '../../tokens/token-rows';
import { reauthorizationRequired, tokenRefused } from './errors';
import type { RefreshReports } from './refresh-reports';
import { reasonOf, useByDeclaration } from './token-use';

/** If an API takes a token at one address and rejects it at another, one process writes each at most once in this time. */
const BETWEEN_WRITES_MS = 60_000;

const MOST_REMEMBERED = 10_000;

export class RejectedTokens {
  /** When this process has written of them, by row and generation and by its monotonic clock. */
  private readonly writtenAt = new Latest<number>(MOST_REMEMBERED);
  private readonly accepting = new Map<string, Promise<void>>();

  constructor(
    private readonly reports: RefreshReports,
    private readonly log: Log,
  ) {}

  /** An API rejects a token, and no refresh would help. */
  async reject(
    rows: TokenRows,
    ref: AccountRef,
    row: ServedToken,
    definition: OAuthConnection,
  ): Promise<ConnectionsError> {
    const { canRefresh } = useByDeclaration(row, definition);
    const reason = reasonOf(row, definition, true);
    const isKnown = isRejected(row) && (row.isRejectedLately || !canRefresh);
    const isRecent = row.isRejectedLately && this.wasWritten(row);
    const isNew = !isKnown && !isRecent && (await this.orLogged(ref, rows.reject(row, canRefresh)));
    if (isNew) this.remember(row);
    // Not again if rejected lately: an API that takes the token at one address only would cause an event each minute.
    if (isNew && !row.isRejectedLately) {
      if (canRefresh) this.reports.tokenRefused(ref);
      else this.reports.reauthorization(ref, reason);
    }
    return canRefresh ? tokenRefused(ref) : reauthorizationRequired(ref, reason);
  }

  /** An API takes a token that it has rejected, or that took the place of one. */
  accept(rows: TokenRows, row: ServedToken): Promise<void> {
    const key = tokensKey(row);
    const running =
      this.accepting.get(key) ?? this.acceptOnce(rows, row).finally(() => this.accepting.delete(key));
    this.accepting.set(key, running);
    return running;
  }

  private async acceptOnce(rows: TokenRows, row: ServedToken): Promise<void> {
    if (!(await this.orLogged(row, rows.accept(row)))) return;
    this.remember(row);
  }

  private remember(row: ServedToken): void {
    this.writtenAt.set(tokensKey(row), performance.now());
  }

  private wasWritten(row: ServedToken): boolean {
    const at = this.writtenAt.get(tokensKey(row));
    return at !== undefined && performance.now() - at < BETWEEN_WRITES_MS;
  }

  /** False, and a line in the log, where it could not be stored. */
  private orLogged({ connectionName, account }: AccountRef, write: Promise<boolean>): Promise<boolean> {
    return write.catch((error: unknown) => {
      this.log(
        'warn',
        `What an API said of a token of connection ${quote(connectionName)}, account ${quote(account)}, could not be stored: ` +
          describeError(error),
      );
      return false;
    });
  }
}
