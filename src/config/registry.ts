/**
 * Answers which connection a name means, from the declaration as it was parsed.
 * Decides which names are usable and says why the others are not; never touches the table.
 */
import { ConnectionsError, quote } from '../errors';
import type { AuthType, ConnectionDefinition } from './definition';
import type { ParsedConnections } from './parsed-connections';
import { byName } from './names';
import { suggester } from '../suggest';

const MAX_PATHS_SHOWN = 5;

/** The one way in which every layer asks for a connection, whatever it is read from. */
export interface ConnectionRegistry {
  /**
   * The connection to use for a name that came from outside.
   * @param name compared byte for byte
   * @returns what is declared; its secret is still a reference
   * @throws ConnectionsError whose code says why there is none to use, as `connectionRegistry` and `tableRegistry`
   * list
   */
  get(name: string): Promise<ConnectionDefinition>;
  /**
   * The connections that can be used now.
   * @returns in the order of their names; without disabled, removed and rejected ones
   */
  list(): Promise<ConnectionDefinition[]>;
}

/**
 * A registry over a parsed declaration. Its `get` rejects with `connection_unknown`, `connection_disabled`,
 * `connection_rejected`, or `config_unreadable` when the declaration as a whole could not be read.
 *
 * @param parsed from `parseConnections` or `loadConnections`
 * @returns answers from memory; asks no database
 */
export function connectionRegistry(parsed: ParsedConnections): ConnectionRegistry {
  const authTypes = new Set(parsed.authTypes);
  const served = [...parsed.connections.values()].filter(({ authType }) => authTypes.has(authType));
  const usable = served.filter(({ enabled }) => enabled !== false).toSorted(byName);
  return {
    get: async (name) => {
      const connection = parsed.connections.get(name);
      if (connection === undefined || !authTypes.has(connection.authType)) {
        throw absent(name, parsed, served, authTypes);
      }
      if (connection.enabled === false) {
        throw new ConnectionsError('connection_disabled', `The connection ${quote(name)} is disabled.`);
      }
      return connection;
    },
    list: async () => [...usable],
  };
}

function absent(
  name: string,
  parsed: ParsedConnections,
  served: readonly ConnectionDefinition[],
  authTypes: ReadonlySet<AuthType>,
): ConnectionsError {
  if (!parsed.readable) {
    const why = parsed.problems.map(({ path, message }) => `${path === '' ? '' : `${path}: `}${message}`);
    const message = `The declaration of the connections could not be read: ${why.join('; ')}`;
    return new ConnectionsError('config_unreadable', message);
  }
  if (parsed.rejected.has(name)) {
    const message = `The connection ${quote(name)} is declared with errors: ${pathsOf(name, parsed)}.`;
    return new ConnectionsError('connection_rejected', message);
  }
  return new ConnectionsError('connection_unknown', unknownMessage(name, parsed, served, authTypes));
}

function pathsOf(name: string, parsed: ParsedConnections): string {
  const errors = parsed.problems.filter(
    ({ connection, severity }) => connection === name && severity === 'error',
  );
  const paths = [...new Set(errors.map(({ path }) => path))];
  const more = paths.length > MAX_PATHS_SHOWN ? ` and ${paths.length - MAX_PATHS_SHOWN} more` : '';
  return `${paths.slice(0, MAX_PATHS_SHOWN).join(', ')}${more}`;
}

function unknownMessage(
  name: string,
  parsed: ParsedConnections,
  served: readonly ConnectionDefinition[],
  authTypes: ReadonlySet<AuthType>,
): string {
  const declared = parsed.connections.get(name);
  if (declared !== undefined) {
    const asked = [...authTypes].map((authType) => quote(authType)).join(', ');
    return `The connection ${quote(name)} is declared with auth_type ${quote(declared.authType)}; only ${asked} is served here.`;
  }
  const skipped = parsed.skipped.find((entry) => entry.name === name);
  if (skipped !== undefined) {
    return `The entry ${quote(name)} is no connection: ${skipped.reason}.`;
  }
  const meant = suggester(served.map((connection) => connection.name))(name);
  const hint = meant === undefined ? '' : ` Did you mean ${quote(meant)}?`;
  return `No connection ${quote(name)} is declared.${hint}`;
}
