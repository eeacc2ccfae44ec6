/**
 * Which types of DataSource are served, and what to use in place of another. Asked before TypeORM is: that would load a
 * driver which may not be installed, or connect.
 */
import { ConnectionsError, quote } from '../errors';
import { suggester } from '../suggest';

const servedTypes = ['better-sqlite3', 'sqlite', 'sqljs', 'postgres', 'mysql', 'mariadb'] as const;

export type ServedType = (typeof servedTypes)[number];

/** Without `sqlite`, which TypeORM 1.x has no driver for, and `sqljs`, which is for tests. */
const LISTED = '"better-sqlite3", "postgres", "mysql" or "mariadb"';

const SQLITE =
  'SQLite is supported with the type "better-sqlite3", which runs on Node.js and uses a database file.';
const OTHER_DATABASE =
  'The connection tables can be in another database than yours: give this package a DataSource of its own, of type ' +
  `${LISTED}.`;
const ofCluster = (type: string) =>
  `Use the type "${type}", with the endpoint of the cluster as the host: the Data API is not supported.`;

/** What to use in place of a type: those of TypeORM, and names of drivers that are taken for types. */
const remedies: ReadonlyMap<string, string> = new Map<string, string>([
  ...['expo', 'react-native', 'capacitor', 'cordova', 'nativescript', 'libsql', 'node:sqlite'].map(
    (type) => [type, SQLITE] as const,
  ),
  ...['mssql', 'oracle', 'sap', 'spanner', 'mongodb'].map((type) => [type, OTHER_DATABASE] as const),
  ['cockroachdb', `CockroachDB is not PostgreSQL, and was never tried. ${OTHER_DATABASE}`],
  ['aurora-postgres', ofCluster('postgres')],
  ['aurora-mysql', ofCluster('mysql')],
  ['pg', 'Use the type "postgres".'],
]);

const nearest = suggester(servedTypes);

/** What is read of the options of a DataSource. */
interface DataSourceType {
  readonly type?: unknown;
  /** Of sql.js, as the next. */
  readonly location?: unknown;
  readonly autoSave?: unknown;
}

/**
 * The type of a DataSource, or of the options of one.
 * @throws ConnectionsError `engine_unsupported`
 */
export function servedType(options: DataSourceType): ServedType {
  const { type } = options;
  const served = servedTypes.find((one) => one === type);
  if (served === 'sqljs' && (options.location !== undefined || options.autoSave === true)) {
    throw new ConnectionsError(
      'engine_unsupported',
      `A DataSource of type "sqljs" is supported in memory only, without \`location\` and \`autoSave\`: TypeORM would write the ` +
        `whole database to a file, and lose tokens that were stored in between. ${SQLITE}`,
    );
  }
  if (served) return served;
  if (typeof type !== 'string' || type === '') {
    throw new ConnectionsError('engine_unsupported', `The DataSource has no \`type\`. Use ${LISTED}.`);
  }
  throw new ConnectionsError(
    'engine_unsupported',
    `A DataSource of type ${quote(type)} is not supported. ${remedies.get(type) ?? suggestion(type)}`,
  );
}

function suggestion(type: string): string {
  const name = nearest(type);
  if (name === undefined) return `Use ${LISTED}.`;
  // The one type of SQLite that every TypeORM has.
  return `Did you mean ${quote(name === 'sqlite' ? 'better-sqlite3' : name)}?`;
}

/**
 * Refuses a DataSource of a type that is not served. Of what is no DataSource, the next check says more.
 * @throws ConnectionsError `engine_unsupported`
 */
export function requireServedType(dataSource: { readonly options?: DataSourceType } | undefined): void {
  if (dataSource?.options) servedType(dataSource.options);
}
