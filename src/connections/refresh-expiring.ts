/** Renews tokens before anybody asks for them: for hosts with a scheduler. A few at a time, the first to expire first. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { toInstant } from '../entities/instant';
import type { StoredToken } from '../tokens/token-row';
import type { Opened } from './opened';
import type { RefreshExpiringOptions, RefreshExpiringReport } from './options';
import type { TokenService } from './token-service';
import { marginOf } from './token-service';

const AT_A_TIME = 4;
const DEFAULT_WITHIN_MS = 300_000;
const DEFAULT_LIMIT = 100;

export async function refreshExpiring(
  opened: Opened,
  registry: ConnectionRegistry,
  service: TokenService,
  { within = DEFAULT_WITHIN_MS, limit = DEFAULT_LIMIT, signal }: RefreshExpiringOptions,
): Promise<RefreshExpiringReport> {
  const definitions = new Map((await registry.list()).map((definition) => [definition.name, definition]));
  const waiting = await opened.vault.rows.readExpiring(toInstant(new Date(Date.now() + within)), limit);
  const report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };
  const lane = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      if (signal?.aborted) return;
      report[await renewed(row, definitions.get(row.connectionName))] += 1;
    }
  };
  const renewed = async (row: StoredToken, definition: ConnectionDefinition | undefined) => {
    if (!definition?.oauth) return 'skipped';
    // A provider that refuses to renew a token that still lives has a margin of 0.
    const margin = marginOf(definition) === 0 ? 0 : within;
    try {
      const { outcome, answer } = await service.refresh(opened, row, definition, row, margin);
      if (answer?.kind === 'tokens') return outcome === 'usable' ? 'refreshed' : 'skipped';
      if (outcome === 'reauthorization_required') return answer ? 'reauthorizationRequired' : 'skipped';
      return answer ? 'failed' : 'skipped';
    } catch {
      return 'failed';
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return report;
}
