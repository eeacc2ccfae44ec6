/** Many accounts of one user, written under one of two keys, and what is sent for them. */
import type { MockInstance } from 'vitest';
import { beforeAll, beforeEach } from 'vitest';
import type { Connections } from '../../src';
import { keyRing } from '../../src';
import type { ImportEntry } from '../../src/connections/accounts/import-entries';
import type { Session } from '../../src/database/session';
import type { Step } from '../../src/database/statement';
import { ConnectedHost } from './connected';
import type { EngineName } from './engine-name';

export const keys = { old: Buffer.alloc(32, 'a'), new: Buffer.alloc(32, 'b') };
export const ringOf = (current: keyof typeof keys) => keyRing({ current, keys });

export interface TwoKeys {
  readonly host: ConnectedHost;
  /** Encrypts with the old key. */
  readonly before: Connections;
  /** Encrypts with the new one. */
  readonly connections: Connections;
  /** Stores accounts of a user under the old key. */
  readonly haveAccounts: (userId: string, count: number, refreshToken?: string) => Promise<unknown>;
}

/** @param ready is given a host before all tests; it has no rows before each */
export function useTwoKeys(engine: EngineName, ready: (opened: TwoKeys) => void): void {
  const host = ConnectedHost.forTests(engine);
  beforeAll(() => {
    const [before, connections] = (['old', 'new'] as const).map((key) =>
      host.connections({ cipher: ringOf(key) }),
    ) as [Connections, Connections];
    ready({
      host,
      before,
      connections,
      haveAccounts: (userId, count, refreshToken = 'rt') =>
        before.importAll(accountsOf(userId, count, { refreshToken })),
    });
  });
  beforeEach(() => host.rows.deleteAll());
}

/** @param more of each entry */
export function accountsOf(userId: string, count: number, more: Partial<ImportEntry> = {}): ImportEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    userId,
    connectionName: 'atlassian',
    account: `account-${index}`,
    accessToken: `at-${index}`,
    ...more,
  }));
}

const begins = (word: string) => (steps: readonly Step[]) =>
  steps.some(({ sql, isRead }) => isRead !== true && sql.startsWith(`${word} `));

export const updates = begins('UPDATE');
export const deletes = begins('DELETE');

/** How many rows are encrypted with this key. */
export async function sealedWith(keyId: keyof typeof keys, host: ConnectedHost): Promise<number> {
  const rows = await host.rows.find();
  return rows.filter((row) => row.accessTokenEncrypted.startsWith(`v1.${keyId}.`)).length;
}

/** Characters of the values of the longest transaction that was intercepted. */
export function longestSent(watching: MockInstance<Session['execute']>): number {
  const lengths = watching.mock.calls.map(([steps]) =>
    steps
      .flatMap(({ parameters = [] }) => parameters)
      .reduce((sum: number, value) => sum + String(value).length, 0),
  );
  return Math.max(...lengths);
}
