/** Registered clients that are encrypted again: for another name of their connection, or with the current key. */
import type { TableStatements } from '../../database/table-statements';
import type { ConnectionsError } from '../../errors';
import { isConnectionsError, quote } from '../../errors';
import type { Log } from '../../logging';
import type { ReencryptReport } from '../../tokens/reencrypt';
import type { ReadRegistrations, RegistrationRow, RegistrationSeal } from './row';
import { redirectUriAside } from './row';
import type { RegistrationTable } from './table';

const RENAME_ROUNDS = 5;

export class RegistrationRewrites {
  constructor(
    private readonly statements: TableStatements,
    private readonly table: RegistrationTable,
    private readonly seal: RegistrationSeal,
    private readonly rows: ReadRegistrations,
    private readonly log: Log,
  ) {}

  /** Gives a connection's clients to another name. One that cannot be decrypted stays, and the log says so. */
  async rename(from: string, to: string): Promise<void> {
    const unreadable = new Set<string>();
    // A row that another process has encrypted again meanwhile is read again.
    for (let round = 0; ; round += 1) {
      const rows = await this.rows({ connectionName: from });
      const waiting = rows.filter(({ id, clientEncrypted }) => clientEncrypted !== '' && !unreadable.has(id));
      if (waiting.length === 0) return;
      if (round === RENAME_ROUNDS) break;
      for (const row of waiting) {
        try {
          await this.renameRow(row, to);
        } catch (error) {
          this.warnOf(error);
          unreadable.add(row.id);
        }
      }
    }
    this.log(
      'warn',
      `Some clients that were registered for connection ${quote(from)} still have that name: other processes kept changing ` +
        'them. Call `renameConnection` again.',
    );
  }

  /** Encrypts every client with the current key; one that cannot be decrypted stays as it is. */
  async reencrypt(): Promise<Omit<ReencryptReport, 'legacy' | 'failed'>> {
    const counts = { rewritten: 0, current: 0, skipped: 0 };
    const failures: ReencryptReport['failures'][number][] = [];
    for (const row of await this.rows({})) {
      if (row.clientEncrypted === '' || this.seal.isCurrent(row)) {
        counts.current += 1;
        continue;
      }
      try {
        const rewrite = this.table.rewrite(row, await this.seal.reencrypt(row));
        const isDone = await this.statements.touches(rewrite, 'Encrypting a client again');
        counts[isDone ? 'rewritten' : 'skipped'] += 1;
      } catch (error) {
        failures.push({ connectionName: row.connectionName, code: this.warnOf(error).code });
      }
    }
    return { ...counts, failures };
  }

  /** The error of a client that cannot be decrypted; its message names the row. Throws any other. */
  private warnOf(error: unknown): ConnectionsError {
    if (!isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) throw error;
    this.log('warn', error.message);
    return error;
  }

  private async renameRow(row: RegistrationRow, to: string): Promise<void> {
    const encrypted = await this.seal.reencrypt(row, to);
    // Where users have connected under the new name, the redirect URI has a client there.
    for (const redirectUri of [row.redirectUri, redirectUriAside(row)]) {
      const statement = this.table.rename(row, { connectionName: to, redirectUri }, encrypted);
      if ((await this.statements.touchesUnlessTaken(statement, 'Renaming a client')) !== 'taken') return;
    }
  }
}
