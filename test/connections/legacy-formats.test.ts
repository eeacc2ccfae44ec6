/**
 * Formats of the program before, while they are accepted: how many rows still need them is counted and said.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { TokenCipher } from '../../src';
import {
  Connections,
  UserConnectionToken,
  connectionRegistry,
  parseKeyRing,
  runConnectionMigrations,
} from '../../src';
import { TableStatements } from '../../src/database/table-statements';
import { bareGcmFormat, fernetFormat } from '../../src/legacy';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { HOUR_MS, keyOf } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';
import type { EngineName } from '../setup/engine-name';
import { legacyDatabase } from '../setup/legacy';
import { recordingLogger } from '../setup/recording-logger';

const secret = 'legacy-jwt-secret-for-fixtures';
const legacy = [fernetFormat(secret), bareGcmFormat(secret)];
const keys = `k1:${keyOf('1')}`;
const oauth_config = {
  client_id: 'c',
  authorize_url: 'https://auth.test/a',
  token_url: 'https://auth.test/t',
};
const config = declaration({ atlassian: entry({ oauth_config }), github: entry(), retired: entry() });
const removeNow = expect.stringMatching(/^No row .* Remove `legacy` from the key ring now/);

describe.each(inject('engines') as readonly EngineName[])('Legacy formats (%s)', (engine) => {
  async function adopted() {
    const dataSource = await legacyDatabase(engine, 'b');
    await runConnectionMigrations(dataSource);
    const rows = dataSource.getRepository(UserConnectionToken);
    await rows.update({ account: 'default' }, { expiresAt: new Date(Date.now() + HOUR_MS) });
    return { dataSource, rows };
  }

  /** A replica that is closed, after some work, to see what it has logged. */
  async function warningsOf(
    dataSource: DataSource,
    work: (connections: Connections) => Promise<unknown>,
    cipher: TokenCipher = parseKeyRing(keys, { legacy }),
  ): Promise<readonly string[]> {
    const logger = recordingLogger();
    const registry = connectionRegistry(parseConnections(config));
    const options = { cipher, logger, publicUrl: 'https://api.example.test' };
    const connections = new Connections({ dataSource, registry }, options);
    onTestFinished(() => connections.close());
    await work(connections);
    await connections.close();
    return logger.lines.filter((line) => line.startsWith('warn: ')).map((line) => line.slice(6));
  }
  const read = (connections: Connections) => connections.getAccessToken('u-ada', 'github');

  it('are counted when the first token is asked for, until no row needs them', async () => {
    const { dataSource } = await adopted();
    const [warning, ...more] = await warningsOf(dataSource, read);
    expect([warning, more]).toEqual([expect.stringMatching(/format: 3\. .*`reencrypt`/), []]);
    expect(await warningsOf(dataSource, (connections) => connections.reencrypt())).toContainEqual(removeNow);
    expect(await warningsOf(dataSource, read)).toEqual([removeNow]);
  });

  it('are needed by the rows that `reencrypt` skipped or could not decrypt', async () => {
    const { dataSource, rows } = await adopted();
    const [, github] = await rows.find({ order: { id: 'ASC' } });
    const until = new Date(Date.now() + MAX_LEASE_MS / 2);
    await rows.update({ connectionName: 'atlassian' }, { leaseExpiresAt: until });
    await rows.update({ connectionName: 'github' }, { accessTokenEncrypted: 'x'.repeat(60) });
    let report = {};
    const warnings = await warningsOf(dataSource, async (connections) => {
      report = await connections.reencrypt();
    });
    const failures = [
      { userId: 'u-ada', connectionName: 'github', account: 'default', code: 'ciphertext_invalid' },
    ];
    expect(report).toEqual({ rewritten: 1, current: 0, skipped: 1, legacy: 2, failed: 1, failures });
    expect(warnings).toContainEqual(expect.stringMatching(/format: 2\. /));
    await rows.update({ connectionName: 'atlassian' }, { leaseExpiresAt: null });
    await rows.update(
      { connectionName: 'github' },
      { accessTokenEncrypted: github?.accessTokenEncrypted ?? '' },
    );
    expect(
      await warningsOf(dataSource, async (connections) => {
        report = await connections.reencrypt();
      }),
    ).toContainEqual(removeNow);
    expect(report).toEqual({ rewritten: 2, current: 1, skipped: 0, legacy: 0, failed: 0, failures: [] });
  });

  it('that are not accepted are not counted', async () => {
    const { dataSource } = await adopted();
    let report = {};
    const warnings = await warningsOf(
      dataSource,
      async (connections) => {
        report = await connections.reencrypt();
      },
      parseKeyRing(keys),
    );
    expect(warnings).toEqual([]);
    expect(report).toMatchObject({ rewritten: 0, legacy: 0 });
  });

  it('of a cipher of the host’s own are told by how its texts begin', async () => {
    const { dataSource, rows } = await adopted();
    const own = (ownPrefix?: string): TokenCipher => ({
      ownPrefix,
      encrypt: (plaintext) => `100%_own:${plaintext}`,
      decrypt: (ciphertext) => ciphertext.replace(/^100%_own:/, ''),
      isCurrent: (ciphertext) => ciphertext.startsWith('100%_own:'),
    });
    await rows.update({ connectionName: 'github' }, { accessTokenEncrypted: '100%_own:at' });
    expect(await warningsOf(dataSource, read, own('100%_own:'))).toEqual([
      expect.stringMatching(/format: 2\. /),
    ]);
    expect(await warningsOf(dataSource, read, own())).toEqual([]);
  });

  it('that cannot be counted prevent nothing and are not warned of', async () => {
    const { dataSource } = await adopted();
    const counting = vi.spyOn(TableStatements.prototype, 'rows').mockRejectedValueOnce(new Error('out'));
    onTestFinished(() => counting.mockRestore());
    const warnings = await warningsOf(dataSource, (connections) =>
      connections.authorize('u-ada', 'atlassian'),
    );
    expect(warnings).toEqual([]);
    expect(counting.mock.calls[0]?.[1]).toBe('Counting tokens in legacy formats');
  });
});
