/** What the log is told of many refreshes: one line for each connection whose tokens failed, one for users who have to return. */
import type { ReauthorizationReason } from '../error-codes';
import type { ConnectionsError } from '../errors';
import { quote } from '../errors';
import type { Log } from '../logging';
import type { AccountRef } from '../tokens/account-ref';
import { reauthorizationRequired } from './outcome-error';

interface Line {
  count: number;
  readonly level: 'warn' | 'error';
  /** The message of one of them. */
  readonly message: string;
}

export class RefreshSummary {
  private readonly failures = new Map<string, Line>();
  private readonly endings = new Map<string, Line>();

  failure({ connectionName }: AccountRef, { code, message }: ConnectionsError): void {
    const level = code === 'provider_unavailable' ? 'warn' : 'error';
    const line = this.failures.get(connectionName);
    if (line && (line.level === level || level === 'warn')) line.count += 1;
    // What a person has to correct is said rather than what passes.
    else this.failures.set(connectionName, { count: (line?.count ?? 0) + 1, level, message });
  }

  reauthorization(ref: AccountRef, reason: ReauthorizationReason): void {
    const line = this.endings.get(ref.connectionName);
    if (line) line.count += 1;
    else {
      const { message } = reauthorizationRequired(ref, reason);
      this.endings.set(ref.connectionName, { count: 1, level: 'warn', message });
    }
  }

  write(log: Log): void {
    for (const [name, { count, level, message }] of this.failures) {
      log(level, `Tokens of connection ${quote(name)} that were not refreshed: ${count}. ${message}`);
    }
    for (const [name, { count, message }] of this.endings) {
      log(
        'warn',
        `Accounts of connection ${quote(name)} that have to be connected again: ${count}. ${message}`,
      );
    }
  }
}
