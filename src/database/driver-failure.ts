/**
 * What stops a newcomer first: a driver that is not installed, was never compiled, or is not one that this TypeORM
 * knows. TypeORM's own message names none of the ways out.
 */
import { ConnectionsError, quote } from '../errors';

/** What to install for a type of DataSource: majors that every TypeORM we work with accepts. */
const packages: ReadonlyMap<string, { readonly name: string; readonly install: string }> = new Map([
  ['better-sqlite3', { name: 'better-sqlite3', install: 'better-sqlite3@12' }],
  ['sqlite', { name: 'sqlite3', install: 'sqlite3@5' }],
  ['postgres', { name: 'pg', install: 'pg' }],
  ['mysql', { name: 'mysql2', install: 'mysql2' }],
  ['mariadb', { name: 'mysql2', install: 'mysql2' }],
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
      `This TypeORM has no driver of type ${quote(type)}. Give the DataSource the type "better-sqlite3" and run ` +
        '`npm install better-sqlite3@12`; the database file stays as it is.',
    );
  }
  if (error.name === 'DriverPackageNotInstalledError') {
    const compiled = type === 'sqlite' ? ` If it is installed, ${compile(driver.name)}` : '';
    return unusable(
      `The driver of a DataSource of type ${quote(type)} could not be loaded. Run \`npm install ${driver.install}\`.${compiled}`,
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
