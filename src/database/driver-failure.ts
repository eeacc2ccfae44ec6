/**
 * Explains a driver that is not installed, was never compiled, or is not known to this TypeORM: the first thing that
 * stops a new host, and TypeORM's own message does not say what to do.
 */
import { DriverPackageNotInstalledError, MissingDriverError } from 'typeorm';
import { ConnectionsError, quote } from '../errors';
import type { ServedType } from './data-source-type';
import { servedType } from './data-source-type';

const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

/**
 * TypeORM asks for better-sqlite3 12, which aborts the process on Node.js 24 when its objects are garbage-collected; 13
 * does not run on Node.js 20.
 */
const BETTER_SQLITE3 =
  NODE_MAJOR < 24
    ? '`npm install better-sqlite3@12`'
    : '`npm install better-sqlite3@13`, with `"overrides": { "typeorm": { "better-sqlite3": "$better-sqlite3" } }` in ' +
      'package.json, since TypeORM asks for 12, which Node.js 24 aborts in';

/** What to install for a type of DataSource: versions that every supported TypeORM accepts. */
const packages: Readonly<Record<ServedType, { readonly name: string; readonly install: string }>> = {
  'better-sqlite3': { name: 'better-sqlite3', install: BETTER_SQLITE3 },
  sqlite: { name: 'sqlite3', install: '`npm install sqlite3@5`' },
  sqljs: { name: 'sql.js', install: '`npm install --save-dev sql.js`' },
  postgres: { name: 'pg', install: '`npm install pg`' },
  mysql: { name: 'mysql2', install: '`npm install mysql2`' },
  mariadb: { name: 'mysql2', install: '`npm install mysql2`' },
};

/**
 * A `driver_unusable` that says what to do, when the driver is the cause of an error; any other error as it is.
 * @param error from `new DataSource` or `dataSource.initialize()`
 * @param options of the DataSource, which is of a type that is served
 */
export function explainDriverFailure(error: unknown, options: { readonly type: string }): unknown {
  if (!(error instanceof Error)) return error;
  const type = servedType(options);
  const driver = packages[type];
  const unusable = (what: string) => new ConnectionsError('driver_unusable', what, { cause: error });
  // By class, since a minifier changes names. TypeORM throws both from the constructor, which only our own copy runs here.
  if (error instanceof MissingDriverError) {
    return unusable(
      `This TypeORM has no driver of type ${quote(type)}. Give the DataSource the type "better-sqlite3"; the ` +
        `database file stays as it is. Run ${BETTER_SQLITE3}.`,
    );
  }
  if (error instanceof DriverPackageNotInstalledError) {
    const compiled = type === 'sqlite' ? ` If it is installed, ${howToCompile(driver.name)}` : '';
    return unusable(
      `The driver of a DataSource of type ${quote(type)} could not be loaded. Run ${driver.install}.${compiled}`,
    );
  }
  if (error.message.includes('Could not locate the bindings file')) {
    return unusable(
      `The driver ${quote(driver.name)} is installed without its native part: ${howToCompile(driver.name)}`,
    );
  }
  if ('code' in error && error.code === 'ERR_DLOPEN_FAILED') {
    return unusable(
      `The native part of the driver ${quote(driver.name)} does not fit this Node.js (${process.version}), ` +
        `${process.platform} or ${process.arch}. Run \`npm rebuild ${driver.name}\` with the Node.js that runs the program.`,
    );
  }
  return error;
}

function howToCompile(name: string): string {
  return (
    `npm 12 does not run install scripts unless package.json has \`"allowScripts": { "${name}": true }\`. Add that and ` +
    `run \`npm rebuild ${name}\`. Where there is no prebuilt file for the platform this compiles, which takes Python, ` +
    'make and a C++ compiler.'
  );
}
