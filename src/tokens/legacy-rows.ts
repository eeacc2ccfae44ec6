/**
 * Rows of tokens in a format of another program. Such a text is bound to no row, so that it can be put into any: a warning
 * says how many rows still need the formats, and when none does.
 */
import type { Database } from '../database/engine';
import { escapedColumns, escapedPath } from '../database/names';
import { TableStatements, statement } from '../database/table-statements';
import { UserConnectionToken } from '../entities';
import type { Log } from '../logging';
import type { TokenCipher } from './cipher';
import type { SealedToken } from './token-row';

export interface LegacyOptions {
  readonly cipher: TokenCipher;
  readonly log: Log;
}

export class LegacyRows {
  /** Undefined where no legacy format is accepted. */
  private readonly ownPrefix: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly options: LegacyOptions,
  ) {
    this.ownPrefix = options.cipher.ownPrefix;
  }

  has({ accessTokenEncrypted, refreshTokenEncrypted }: SealedToken): boolean {
    const { ownPrefix } = this;
    if (ownPrefix === undefined) return false;
    return [accessTokenEncrypted, refreshTokenEncrypted].some(
      (text) => text?.startsWith(ownPrefix) === false,
    );
  }

  /** Counts the rows and warns; never rejects, since nothing depends on it. */
  async countAndWarn(): Promise<void> {
    if (this.ownPrefix === undefined) return;
    try {
      this.warn(await this.count(this.ownPrefix));
    } catch {
      // What is wrong with the database is said by the call that needs it.
    }
  }

  /** @param count rows that still need a legacy format */
  warn(count: number): void {
    if (this.ownPrefix === undefined) return;
    const danger = 'a text in one of them can be put into any row, and is decrypted there';
    const message =
      count === 0
        ? `No row of tokens needs a legacy format any more. Remove \`legacy\` from the key ring now: ${danger}.`
        : `Rows of tokens that need a legacy format: ${count}. Call \`reencrypt\` until its report has \`legacy: 0\`, then remove ` +
          `\`legacy\` from the key ring: ${danger}.`;
    this.options.log('warn', message);
  }

  private async count(ownPrefix: string): Promise<number> {
    const { dataSource, engine } = this.database;
    const metadata = dataSource.getMetadata(UserConnectionToken);
    const column = escapedColumns(dataSource, metadata);
    // As SQL counts characters.
    const { length } = Array.from(ownPrefix);
    const counting = statement(engine.dialect, (value) => {
      const isOther = (property: string) =>
        `SUBSTR(${column(property)}, 1, ${length}) <> ${value(ownPrefix)}`;
      return (
        `SELECT COUNT(*) FROM ${escapedPath(dataSource, metadata.tablePath)} ` +
        `WHERE ${isOther('accessTokenEncrypted')} OR ${isOther('refreshTokenEncrypted')}`
      );
    });
    const statements = new TableStatements(this.database);
    const [row] = await statements.rows(counting, 'Counting tokens in legacy formats');
    return Number(row?.[0]);
  }
}
