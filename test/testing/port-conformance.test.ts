/** The suite for tables of connections that hosts write themselves: ours pass, and one with any of many faults does not. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionConfig } from '../../src';
import type { ConnectionConfigPort } from '../../src/sync';
import { repositoryPort } from '../../src/sync/repository-port';
import {
  InMemoryConnectionConfigs,
  createTestDataSource,
  testConnectionConfigPort,
  testTokenCipher,
} from '../../src/testing';
import { failureOf } from '../setup/code-of';
import { failingTests } from './failing-tests';

describe('testConnectionConfigPort, with the table in memory', () => {
  testConnectionConfigPort(() => new InMemoryConnectionConfigs(), it);
});

describe('testConnectionConfigPort, with a repository', () => {
  testConnectionConfigPort(async () => {
    const dataSource = await createTestDataSource();
    onTestFinished(() => dataSource.destroy());
    return repositoryPort(dataSource.getRepository(ConnectionConfig));
  }, it);
});

describe('testConnectionConfigPort', () => {
  type Fault = (port: ConnectionConfigPort) => Partial<ConnectionConfigPort>;
  const faulty: Readonly<Record<string, Fault>> = {
    'writes nothing': () => ({ apply: async () => true }),
    'loses a column': (port) => ({
      read: async (again) =>
        (await port.read(again)).map((row) => Object.assign({}, row, { oauthOptions: null })),
    }),
    'overwrites rows that have changed': (port) => ({
      apply: async (writes) => {
        const now = await port.read(true);
        const fresh = ({ name }: { readonly name: string }) => now.filter((row) => row.name === name);
        return port.apply({
          ...writes,
          overwrite: writes.overwrite.flatMap(({ row }) => fresh(row).map((stored) => ({ row, stored }))),
          disable: writes.disable.flatMap(fresh),
          delete: writes.delete.flatMap(fresh),
        });
      },
    }),
    'leaves work half done': (port) => ({
      apply: async (writes) => {
        const none = { ...writes, insert: [], overwrite: [], disable: [], delete: [] };
        await port.apply({ ...none, overwrite: writes.overwrite });
        return port.apply({ ...writes, overwrite: [] });
      },
    }),
    'enables what it overwrites': (port) => ({
      apply: (writes) =>
        port.apply({
          ...writes,
          overwrite: writes.overwrite.map(({ row, stored }) => ({ row: { ...row, enabled: true }, stored })),
        }),
    }),
    'deletes what should be marked': (port) => ({
      apply: (writes) =>
        port.apply({ ...writes, disable: [], delete: [...writes.disable, ...writes.delete] }),
    }),
    'forgets the source': (port) => ({ apply: (writes) => port.apply({ ...writes, source: 'default' }) }),
  };
  it.each(Object.entries(faulty))('fails for a port that %s', async (_what, fault) => {
    const make = (): ConnectionConfigPort => {
      const port = new InMemoryConnectionConfigs();
      const whole = {
        inHostTransaction: false,
        read: () => port.read(),
        apply: (writes: Parameters<ConnectionConfigPort['apply']>[0]) => port.apply(writes),
      };
      return { ...whole, ...fault(whole) };
    };
    expect(await failingTests((register) => testConnectionConfigPort(make, register), 1)).not.toEqual([]);
  });

  it('says what is missing where there is nothing to give its tests to', async () => {
    const make = () => new InMemoryConnectionConfigs();
    expect(await failureOf(() => testConnectionConfigPort(make))).toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('the `it` of vitest or Jest, or the `test` of `node:test`'),
    });
    expect(await failureOf(() => testTokenCipher({} as never, it))).toMatchObject({ code: 'option_invalid' });
  });
});
