/** A registry that reads the connections from the table instead of the configuration. */
import type { Repository } from 'typeorm';
import type { ConnectionDefinition } from '../config/definition';
import { byName } from '../config/names';
import type { ConnectionRegistry, RegisteredName } from '../config/registry';
import { allowsDisabled } from '../config/registry';
import type { ConnectionConfig } from '../entities/connection-config';
import { ConnectionsError, quote } from '../errors';
import type { OptionChecks } from '../options';
import { callback, checkOptions } from '../options';
import { suggester } from '../suggest';
import { repositoryPort } from './repository-port';
import type { StoredRow } from './row';
import { rowDefinition } from './row-definition';
import type { TableRegistryOptions } from './row-secret';
import { secretCheck } from './row-secret';

const registryChecks: OptionChecks<TableRegistryOptions> = {
  document: (value) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? undefined
      : 'a document, its JSON text, or what `loadConnections` returned',
  allowSecret: callback,
};

/**
 * A registry that reads the table at each call, so that it sees what an operator or the sync of another process has
 * changed. A client secret that is written in the configuration itself is not in the table; a reference to one is, and is
 * followed only as the options allow.
 * @param repo of `ConnectionConfig`; one from a transaction of the host sees what that transaction has written
 * @param options `document` (the references that it declares are followed), `allowSecret` (asked about the others); without
 * them no row that refers to a client secret can be used
 * @returns each call reads the whole table in one statement and waits at most 30 seconds for it; `list` leaves out rows
 * that are rejected
 * @throws ConnectionsError `option_invalid`, `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported`
 * or `repository_mismatch`; its methods `connection_unknown`, `connection_removed`, `connection_disabled`,
 * `connection_rejected` for a row that a sync would not write or whose client secret must not be used, and those of a failed
 * read, as `syncConnectionConfigs` lists them
 * @example
 * const document = await loadConnections({ file: 'connections.json' });
 * const registry = tableRegistry(dataSource.getRepository(ConnectionConfig), { document });
 * for (const { name, status } of await registry.names()) console.log(name, status);
 * const connections = new Connections({ dataSource, registry }, { keys: process.env.CONNECTION_KEYS });
 */
export function tableRegistry(
  repo: Repository<ConnectionConfig>,
  options: TableRegistryOptions = {},
): ConnectionRegistry {
  const checkSecret = secretCheck(checkOptions('tableRegistry', options, registryChecks));
  const port = repositoryPort(repo);

  function usable(row: StoredRow): ConnectionDefinition {
    const definition = rowDefinition(row);
    checkSecret(definition);
    return definition;
  }

  function usableOrNull(row: StoredRow): ConnectionDefinition | null {
    try {
      return usable(row);
    } catch {
      return null;
    }
  }

  /** In the order in which `get` looks: a removed row may be disabled, too. */
  function statusOf(row: StoredRow): RegisteredName['status'] {
    if (row.removedAt !== null) return 'removed';
    if (!row.enabled) return 'disabled';
    return usableOrNull(row) ? 'usable' : 'rejected';
  }

  return {
    async get(name, asked) {
      const rows = await port.read(false);
      const row = rows.find((candidate) => candidate.name === name);
      if (!row) throw connectionUnknown(name, rows);
      if (row.removedAt !== null) {
        throw new ConnectionsError(
          'connection_removed',
          `Connection ${quote(name)} has not been declared since ${quote(row.removedAt)}. Declare it again to use it.`,
          { connectionName: name },
        );
      }
      if (!row.enabled && !allowsDisabled(asked)) {
        throw new ConnectionsError(
          'connection_disabled',
          `Connection ${quote(name)} is disabled. Set \`enabled\` in its row or its declaration to use it.`,
          { connectionName: name },
        );
      }
      return usable(row);
    },

    async list() {
      const rows = (await port.read(false)).filter((row) => row.removedAt === null && row.enabled);
      return rows
        .map(usableOrNull)
        .filter((definition) => definition !== null)
        .toSorted(byName);
    },

    async names() {
      const rows = await port.read(false);
      return rows.map((row) => ({ name: row.name, status: statusOf(row) })).toSorted(byName);
    },
  };
}

function connectionUnknown(name: string, rows: readonly StoredRow[]): ConnectionsError {
  // A name from outside may be no text.
  const meant = typeof name === 'string' ? suggester(rows.map((row) => row.name))(name) : undefined;
  const hint = meant === undefined ? '' : ` Did you mean ${quote(meant)}?`;
  const message = `There is no connection ${quote(name)} in the table.${hint}`;
  return new ConnectionsError('connection_unknown', message, { connectionName: name });
}
