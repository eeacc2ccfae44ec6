/**
 * What stops a newcomer first: a driver that is not installed, was never compiled, or is not one that this TypeORM
 * knows. TypeORM's own message names none of the ways out.
 */
import { ConnectionsError, quote } from '../errors';

const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

/**
 * better-sqlite3 12 is what TypeORM asks for, and its objects abort the process when Node.js 24 collects them; 13 does not
 * run on Node.js 20.
 */
const BETTER_SQLITE3 =
  NODE_MAJOR < 24
    ? '`npm install better-sqlite3@12`'
    : '`npm install better-sqlite3@13`, with `"overrides": { "typeorm": { "better-sqlite3": "$better-sqlite3" } }` in ' +
      'package.json, since TypeORM asks for 12, which Node.js 24 aborts in';

/** What to run for a type of DataSource: majors that every TypeORM we work with accepts. */
const packages: ReadonlyMap<string, { readonly name: string; readonly install: string }> = new Map([
  ['better-sqlite3', { name: 'better-sqlite3', install: BETTER_SQLITE3 }],
  ['sqlite', { name: 'sqlite3', install: '`npm install sqlite3@5`' }],
  ['postgres', { name: 'pg', install: '`npm install pg`' }],
  ['mysql', { name: 'mysql2', install: '`npm install mysql2`' }],
  ['mariadb', { name: 'mysql2', install: '`npm install mysql2`' }],
]);

/**
 * The error as it is, or, where it comes of the driver, a `driver_unusable` that says what to do.
 * @param options of the DataSource
 */
export function explainDriverFailure(error: unknown, { type }: { readonly type: string }): unknown {
  const driver = packages.get(type);
  if (!driver || !(error instanceof Error)) return error;
  const unusable = (what: string) => new ConnectionsError('driver_unusable', what, { cause: error });
  if (error.name === 'MissingDriverError') {
    return unusable(
      `This TypeORM has no driver of type ${quote(type)}. Give the DataSource the type "better-sqlite3", and the ` +
        `database file stays as it is. Run ${BETTER_SQLITE3}.`,
    );
  }
  if (error.name === 'DriverPackageNotInstalledError') {
    const compiled = type === 'sqlite' ? ` If it is installed, ${compile(driver.name)}` : '';
    return unusable(
      `The driver of a DataSource of type ${quote(type)} could not be loaded. Run ${driver.install}.${compiled}`,
    );
  }
  if (error.message.includes('Could not locate the bindings file')) {
    return unusable(
      `The driver ${quote(driver.name)} is installed without its native part: ${compile(driver.name)}`,
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

function compile(name: string): string {
  return (
    `npm 12 does not run install scripts unless package.json has \`"allowScripts": { "${name}": true }\`. Add that and ` +
    `run \`npm rebuild ${name}\`. Where there is no prebuilt file for the platform this compiles, which takes Python, ` +
    'make and a C++ compiler.'
  );
}
