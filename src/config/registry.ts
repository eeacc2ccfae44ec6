/**
 * Answers which connection a name means, from the document.
 * Decides which names are usable and says why the others are not; never touches the table.
 */
import { ConnectionsError, quote } from '../errors';
import type { OptionChecks } from '../options';
import { checkOptions, flag } from '../options';
import { suggester } from '../suggest';
import type { AuthType, ConnectionDefinition } from './definition';
import type { ConnectionsDocument } from './document';
import { byName } from './names';
import type { ParsedConnections } from './parse';
import { parseConnections } from './parse';
import { problemList, problemText } from './problems';

/** Where every layer asks for a connection by its name, whether that is answered from the document or from the table. */
export interface ConnectionRegistry<Name extends string = string> {
  /**
   * The connection of a name that came from outside.
   * @param name compared byte for byte
   * @param options `allowDisabled`: also gives one that is switched off, so that its tokens can be revoked; default false
   * @returns what is declared; its client secret is still a reference
   * @throws ConnectionsError whose code says why it cannot be used, as `connectionRegistry` and `tableRegistry` list them
   * @example
   * const { name } = await store.registry.get(nameFromUrl); // a name that the compiler accepts from here on
   */
  get(
    name: string,
    options?: { readonly allowDisabled?: boolean | undefined },
  ): Promise<ConnectionDefinition<Name>>;
  /**
   * The connections that can be used now.
   * @returns in the order of their names; without those that are disabled, removed or rejected
   */
  list(): Promise<ConnectionDefinition<Name>[]>;
  /**
   * Every name that is declared or has a row, usable or not. Data of other names may be pruned, unless this is empty.
   * @returns in the order of names
   * @throws ConnectionsError `config_unreadable` when the document cannot be read, so that nothing counts as undeclared
   * @example
   * const known = new Set((await store.registry.names()).map(({ name }) => name));
   */
  names(): Promise<RegisteredName[]>;
}

type GetOptions = NonNullable<Parameters<ConnectionRegistry['get']>[1]>;

const getChecks: OptionChecks<GetOptions> = { allowDisabled: flag };

/** @throws ConnectionsError `option_invalid` */
export function allowsDisabled(options: GetOptions | undefined): boolean {
  return options !== undefined && checkOptions('get', options, getChecks).allowDisabled === true;
}

/** A name that a registry knows. */
export interface RegisteredName {
  /** Key of the entry in the document. */
  readonly name: string;
  /**
   * `usable`: `get` gives the connection. `disabled`: switched off by its declaration or an operator. `rejected`: its
   * declaration or its row has errors. `skipped`: a local program, or an `auth_type` that is not kept in the table.
   * `removed`: it has a row, and is no longer declared.
   */
  readonly status: 'usable' | 'disabled' | 'rejected' | 'skipped' | 'removed';
}

/**
 * A registry over a document, for a host that has no `MetadataStore`. Its `get` rejects with `connection_unknown`,
 * `connection_disabled`, `connection_rejected`, or `config_unreadable` when the document as a whole cannot be read.
 * @param declared a document, its JSON text, or what `loadConnections` returned; without `${VAR}` expansion unless loaded
 * @returns answers from memory; never asks the database
 * @example
 * const registry = connectionRegistry(await loadConnections({ file: 'connections.json' }));
 * const connections = new Connections({ dataSource, registry }, { keys: process.env.CONNECTION_KEYS });
 */
export function connectionRegistry<Name extends string = string>(
  declared: ConnectionsDocument<Name> | ParsedConnections | string,
): ConnectionRegistry<Name> {
  const parsed = parseConnections(declared);
  const authTypes = new Set(parsed.authTypes);
  const served = [...parsed.connections.values()].filter(({ authType }) => authTypes.has(authType));
  const isUsable = ({ enabled }: ConnectionDefinition) => enabled !== false;
  const usable = served.filter(isUsable).toSorted(byName) as ConnectionDefinition<Name>[];
  return {
    get: async (name, options) => {
      const connection = parsed.connections.get(name);
      if (connection === undefined || !authTypes.has(connection.authType)) {
        throw absent(name, parsed, served, authTypes);
      }
      if (!isUsable(connection) && !allowsDisabled(options)) {
        const message = `Connection ${quote(name)} is disabled in its declaration. Set \`enabled\` there to use it.`;
        throw new ConnectionsError('connection_disabled', message, { connectionName: name });
      }
      return connection as ConnectionDefinition<Name>;
    },
    list: async () => [...usable],
    names: async () => {
      if (!parsed.readable) throw unreadable(parsed);
      const statusOf = (connection: ConnectionDefinition): RegisteredName['status'] =>
        !authTypes.has(connection.authType) ? 'skipped' : isUsable(connection) ? 'usable' : 'disabled';
      const entries: RegisteredName[] = [
        ...[...parsed.connections.values()].map((each) => ({ name: each.name, status: statusOf(each) })),
        ...[...parsed.rejected].map((name) => ({ name, status: 'rejected' as const })),
        ...parsed.skipped.map(({ name }) => ({ name, status: 'skipped' as const })),
      ];
      return entries.toSorted(byName);
    },
  };
}

function absent(
  name: string,
  parsed: ParsedConnections,
  served: readonly ConnectionDefinition[],
  authTypes: ReadonlySet<AuthType>,
): ConnectionsError {
  if (!parsed.readable) return unreadable(parsed);
  if (parsed.rejected.has(name)) {
    const message = `The declaration of connection ${quote(name)} has errors: ${errorsOf(name, parsed)}.`;
    return new ConnectionsError('connection_rejected', message, { connectionName: name });
  }
  const message = unknownMessage(name, parsed, served, authTypes);
  return new ConnectionsError('connection_unknown', message, { connectionName: name });
}

function unreadable(parsed: ParsedConnections): ConnectionsError {
  const why = parsed.problems.map(problemText);
  const message = `The document of the connections cannot be read: ${why.join('; ')}`;
  return new ConnectionsError('config_unreadable', message);
}

function errorsOf(name: string, parsed: ParsedConnections): string {
  const errors = parsed.problems.filter(
    ({ connection, severity }) => connection === name && severity === 'error',
  );
  return problemList(errors);
}

function unknownMessage(
  name: string,
  parsed: ParsedConnections,
  served: readonly ConnectionDefinition[],
  authTypes: ReadonlySet<AuthType>,
): string {
  const declared = parsed.connections.get(name);
  if (declared !== undefined) {
    const asked = [...authTypes].map((authType) => quote(authType)).join(' or ');
    return `Connection ${quote(name)} has auth_type ${quote(declared.authType)}, so users cannot connect to it. Declare it with auth_type ${asked}.`;
  }
  const skipped = parsed.skipped.find((entry) => entry.name === name);
  if (skipped !== undefined) {
    return `Entry ${quote(name)} is not a connection: ${skipped.reason}.`;
  }
  const meant = suggester(served.map((connection) => connection.name))(name);
  const hint = meant === undefined ? '' : ` Did you mean ${quote(meant)}?`;
  return `No connection ${quote(name)} is declared.${hint}`;
}
