/** The suites for what hosts write themselves: ours pass, and one with any of many faults does not. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CipherPlace, TokenCipher } from '../../src';
import { ConnectionConfig, keyRing } from '../../src';
import type { ConnectionConfigPort } from '../../src/sync';
import { repositoryPort } from '../../src/sync/repository-port';
import type { RegisterTest } from '../../src/testing';
import {
  InMemoryConnectionConfigs,
  createTestDataSource,
  testConnectionConfigPort,
  testTokenCipher,
} from '../../src/testing';
import { failureOf } from '../setup/code-of';

const ring = () => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } });

/** The titles of the tests that fail. */
async function failures(suite: (register: RegisterTest) => void): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  suite((title, body) => tests.push([title, body]));
  const failed: string[] = [];
  for (const [title, body] of tests) if ((await failureOf(body)) !== 'nothing was thrown') failed.push(title);
  return failed;
}

describe('testTokenCipher, with a key ring', () => testTokenCipher(ring, it));

describe('testTokenCipher', () => {
  const place: CipherPlace = { table: 'user_connection_tokens', column: 'any', row: [] };
  const faulty: Readonly<Record<string, Partial<TokenCipher>>> = {
    'keeps the text as it is': { encrypt: (text) => text, decrypt: (text) => text },
    'forgets the place': {
      encrypt: (text) => ring().encrypt(text, place),
      decrypt: (text) => ring().decrypt(text, place),
    },
    'forgets the column': {
      encrypt: (text, at) => ring().encrypt(text, { ...at, column: 'any' }),
      decrypt: (text, at) => ring().decrypt(text, { ...at, column: 'any' }),
    },
    'puts parts one after another': {
      encrypt: (text, at) => ring().encrypt(text, { ...at, row: [at.row.join('')] }),
      decrypt: (text, at) => ring().decrypt(text, { ...at, row: [at.row.join('')] }),
    },
    'breaks lines': { encrypt: async (text, at) => `${await ring().encrypt(text, at)}\n` },
    'throws errors of its own': {
      decrypt: () => {
        throw new Error('no');
      },
    },
    'takes nothing for current': { isCurrent: () => false },
    'has the key of nothing': { hasKeyOf: () => false },
    'begins otherwise than it says': { ownPrefix: 'other' },
  };
  it.each(Object.entries(faulty))('fails for a cipher that %s', async (_what, fault) => {
    const own = ring();
    const cipher: TokenCipher = {
      encrypt: (text, at) => own.encrypt(text, at),
      decrypt: (text, at) => own.decrypt(text, at),
      isCurrent: (text) => own.isCurrent(text),
      ...fault,
    };
    expect(await failures((register) => testTokenCipher(() => cipher, register))).not.toEqual([]);
  });

  it('fails for a cipher with a key that no other process has', async () => {
    const make = () => keyRing({ current: 'k', keys: { k: crypto.getRandomValues(new Uint8Array(32)) } });
    expect(await failures((register) => testTokenCipher(make, register))).toContain(
      'decrypts in one process what another has encrypted',
    );
  });
});

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
    expect(await failures((register) => testConnectionConfigPort(make, register))).not.toEqual([]);
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
