/**
 * Whenever a client is registered, deletes those that nothing needs any more: clients at other issuers, and clients that are set
 * aside. A client whose last tokens are gone stays until the next registration.
 */
import type { TableStatements } from '../../database/table-statements';
import type { RegisteredClient } from '../../oauth/registration-answer';
import { FLOW_LIFE_MS } from '../flow/state-sweep';
import type { ReadRegistrations, RegistrationKey, RegistrationRow, RegistrationSeal } from './row';
import { isAside } from './row';
import type { RegistrationTable } from './table';

const doing = 'Deleting clients';

/** Of other issuers; a server that names more than these while one flow lives cannot have meant them. */
const MOST_YOUNG = 50;

/** Clients of one server that are set aside and that no tokens and no flow name; the flow of the newest may begin in a moment. */
const MOST_UNNAMED = 20;

/** Those that were set aside within a week, beyond the newest twenty: tokens may name them again, once a change of the document is undone. */
const MOST_RECENT = 100;

const WEEK_MS = 7 * 86_400_000;

/** The fingerprint of tokens that are issued to a client. */
export type FingerprintOf = (client: RegisteredClient) => string;

export class RegistrationSweep {
  constructor(
    private readonly statements: TableStatements,
    private readonly table: RegistrationTable,
    private readonly seal: RegistrationSeal,
    private readonly rows: ReadRegistrations,
  ) {}

  /** A flow does not fail because old registrations could not be deleted. */
  async after(key: RegistrationKey, fingerprintOf: FingerprintOf): Promise<void> {
    const { connectionName } = key;
    try {
      const rows = await this.rows({ connectionName });
      const others = rows.filter(({ issuer }) => issuer !== key.issuer).length;
      if (others === 0 && !rows.some(isAside)) return;
      // The flow of a young one may not have been stored yet.
      const leastAgeMs = others > MOST_YOUNG ? 0 : FLOW_LIFE_MS;
      await this.statements.touches(this.table.deleteUnused(key, leastAgeMs), doing);
      await this.deleteUnnamed(key, fingerprintOf);
    } catch {
      // The next registration tries again.
    }
  }

  /** Clients that tokens or flows name stay, however many: their users would have to connect again. */
  private async deleteUnnamed(
    { connectionName, issuer }: RegistrationKey,
    fingerprintOf: FingerprintOf,
  ): Promise<void> {
    const aside = (await this.rows({ connectionName, issuer })).filter(isAside);
    if (aside.length <= MOST_UNNAMED) return;
    const issued = await this.statements.rows(this.table.fingerprints(connectionName), doing);
    const names = new Set(issued.map(([fingerprint]) => fingerprint));
    const isUnnamed = async (row: RegistrationRow) => !names.has(fingerprintOf(await this.seal.open(row)));
    const unnamed = await Promise.all(aside.map((row) => isUnnamed(row).catch(() => false)));
    const spare = aside.filter((_row, index) => unnamed[index]);
    for (const [index, row] of spare.entries()) {
      if (index < MOST_UNNAMED) continue;
      const leastAgeMs = index < MOST_RECENT ? WEEK_MS : 0;
      await this.statements.touches(this.table.delete(row, leastAgeMs), doing);
    }
  }
}
