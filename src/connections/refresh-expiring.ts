/** Refreshes tokens before a caller needs them, for hosts with a scheduler: a few at a time, the first to expire first. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { toInstant } from '../entities/instant';
import type { StoredToken } from '../tokens/token-row';
import type { Opened } from './opened';
import type { RefreshExpiringOptions, RefreshExpiringReport } from './options';
import type { TokenService } from './token-service';
import { marginOf, useByDeclaration } from './token-use';

const AT_A_TIME = 4;
const PAGE = 100;
const DEFAULT_WITHIN_MS = 300_000;
const DEFAULT_LIMIT = 100;

export async function refreshExpiring(
  opened: Opened,
  registry: ConnectionRegistry,
  service: TokenService,
  { withinMs: within = DEFAULT_WITHIN_MS, limit = DEFAULT_LIMIT, signal }: RefreshExpiringOptions,
): Promise<RefreshExpiringReport> {
  const definitions = new Map((await registry.list()).map((definition) => [definition.name, definition]));
  const report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };
  const isWorthIt = (row: StoredToken) => {
    const definition = definitions.get(row.connectionName);
    return definition?.oauth && useByDeclaration(row, definition).canRefresh;
  };
  const refreshed = async (row: StoredToken) => {
    const definition = definitions.get(row.connectionName) as ConnectionDefinition;
    // A margin of 0 means that the provider refuses to refresh a token that is still valid.
    const margin = marginOf(definition) === 0 ? 0 : within;
    try {
      const { outcome, answer, isSaved, marked } = await service.refresh(
        opened,
        row,
        definition,
        row,
        margin,
      );
      if (marked !== null) return 'reauthorizationRequired';
      if (isSaved) return 'refreshed';
      return answer && outcome !== 'usable' ? 'failed' : 'skipped';
    } catch {
      // Said by the service, in the log and in an event.
      return 'failed';
    }
  };
  let tried = 0;
  const at = toInstant(new Date(Date.now() + within));
  const visited = new Set<string>();
  // Tokens about which there is a doubt come last: many of them must not take the place of others.
  for (const isDoubted of [false, true]) {
    for await (const all of opened.vault.rows.expiring(at, isDoubted, PAGE)) {
      // A doubt may have been raised just now.
      const page = all.filter(({ id }) => !visited.has(id));
      for (const { id } of page) visited.add(id);
      // Rows that can never be refreshed are skipped, for the same reason.
      const worthIt = page.filter(isWorthIt);
      const waiting = worthIt.slice(0, limit - tried);
      report.skipped += page.length - worthIt.length;
      tried += waiting.length;
      const lane = async () => {
        for (let row = waiting.shift(); row; row = waiting.shift()) {
          if (signal?.aborted) return;
          report[await refreshed(row)] += 1;
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, lane));
      if (tried >= limit || signal?.aborted) return report;
    }
  }
  return report;
}
