import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { DriverPackageNotInstalledError, MissingDriverError } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MetadataStore } from '../../src';
import { explainDriverFailure } from '../../src/database/driver-failure';
import { isTypeorm03 } from '../setup/database';

const config = { mcpServers: {} };
const ofType = (type: string) => ({ type });

describe('a driver that cannot be used', () => {
  it('is explained at once when this TypeORM has none of that type, as 1.x has no sqlite', () => {
    const dataSource = { type: 'sqlite', database: ':memory:' } as unknown as DataSourceOptions;
    const make = () => new MetadataStore({ dataSource, config });
    if (isTypeorm03) expect(make).not.toThrow();
    else {
      expect(make).toThrow(
        expect.objectContaining({
          code: 'driver_unusable',
          message: expect.stringMatching(/type "better-sqlite3".*npm install better-sqlite3@1[23]/),
        }),
      );
    }
  });

  it('is explained when its native part was built for something else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-connections-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const nativeBinding = join(folder, 'binding.node');
    writeFileSync(nativeBinding, 'not a library');
    const dataSource = { type: 'better-sqlite3', database: ':memory:', nativeBinding } as DataSourceOptions;
    await expect(new MetadataStore({ dataSource, config }).initialize()).rejects.toMatchObject({
      code: 'driver_unusable',
      message: expect.stringContaining('npm rebuild better-sqlite3'),
    });
  });

  it('is explained when npm left its install script out', () => {
    const error = new Error('Could not locate the bindings file. Tried: …');
    expect(explainDriverFailure(error, ofType('better-sqlite3'))).toMatchObject({
      code: 'driver_unusable',
      message: expect.stringMatching(
        /"allowScripts": \{ "better-sqlite3": true \}.*npm rebuild better-sqlite3/,
      ),
      cause: error,
    });
  });

  it.each([
    [
      'better-sqlite3',
      `npm install better-sqlite3@${Number.parseInt(process.versions.node, 10) < 24 ? 12 : 13}`,
    ],
    ['sqlite', 'npm install sqlite3@5'],
    ['sqljs', 'npm install --save-dev sql.js'],
    ['postgres', 'npm install pg'],
    ['mariadb', 'npm install mysql2'],
  ])('is explained when it is not installed (%s)', (type, command) => {
    const error = new DriverPackageNotInstalledError('Any', 'any');
    expect(explainDriverFailure(error, ofType(type))).toMatchObject({
      code: 'driver_unusable',
      message: expect.stringContaining(`\`${command}\``),
    });
  });

  it.each([
    ['not installed', new DriverPackageNotInstalledError('Any', 'any'), 'npm install pg'],
    ['not known to this TypeORM', new MissingDriverError('postgres', []), 'has no driver of type'],
  ])(
    'is explained when it is %s and a minifier has changed the name of the error',
    (_what, error, advice) => {
      Object.defineProperty(error, 'name', { value: 'a' });
      Object.defineProperty(error, 'constructor', { value: function a() {} });
      expect(explainDriverFailure(error, ofType('postgres'))).toMatchObject({
        code: 'driver_unusable',
        message: expect.stringContaining(advice),
      });
    },
  );

  it('leaves every other error as TypeORM gave it', () => {
    const error = new Error('connect ECONNREFUSED');
    expect(explainDriverFailure(error, ofType('postgres'))).toBe(error);
  });
});
