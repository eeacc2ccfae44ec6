/** A database that earlier code has encrypted in its own formats, until every row is encrypted with a key of ours. */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it } from 'vitest';
import {
  Connections,
  UserConnectionToken,
  connectionRegistry,
  parseKeyRing,
  runConnectionMigrations,
} from '../../src';
import { parseConnections } from '../../src/config/parse';
import { bareGcmFormat, fernetFormat } from '../../src/legacy';
import { HOUR_MS, keyOf } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';
import type { EngineName } from '../setup/engine-name';
import { generations, legacyDatabase } from '../setup/legacy';

/** As the fixtures have them; there are none for MariaDB of the second generation. */
const plain: Readonly<Record<string, readonly [string, string | null]>> = {
  'u-ada atlassian': ['at-ada-atlassian', 'rt-ada-atlassian'],
  'u-ada github': ['at-ada-github', null],
  'u-ole retired': [`at-ole-retired-${'x'.repeat(4096)}`, 'rt-ole-retired'],
};

describe.each(inject('engines') as readonly EngineName[])('A legacy database (%s)', (engine) => {
  it.each(generations)('of generation %s opens, and becomes ours', { tags: ['long'] }, async (generation) => {
    const dataSource: DataSource = await legacyDatabase(engine, generation);
    await runConnectionMigrations(dataSource);
    const secret = 'legacy-jwt-secret-for-fixtures';
    const legacy = [fernetFormat(secret), bareGcmFormat(secret)];
    const config = declaration({ atlassian: entry(), github: entry(), retired: entry() });
    const connectionsWith = (options: { readonly legacy: typeof legacy }) =>
      new Connections(
        { dataSource, registry: connectionRegistry(parseConnections(config)) },
        { cipher: parseKeyRing(`k1:${keyOf('1')}`, options), logger: { warn: () => 0, error: () => 0 } },
      );
    const rows = dataSource.getRepository(UserConnectionToken);
    const distant = new Date(Date.now() + HOUR_MS);
    await rows.update({ account: 'default' }, { expiresAt: distant });
    const served = async (connections: Connections) => {
      const entries = await Promise.all(
        (await rows.find()).map(async ({ userId, connectionName }) => {
          const { accessToken } = await connections.getAccessToken(userId, connectionName);
          return [`${userId} ${connectionName}`, accessToken] as const;
        }),
      );
      return Object.fromEntries(entries);
    };
    const access = Object.fromEntries(Object.entries(plain).map(([name, [token]]) => [name, token]));
    const before = connectionsWith({ legacy });
    expect(await served(before)).toEqual(access);
    expect(await before.reencrypt()).toEqual({
      rewritten: 3,
      current: 0,
      skipped: 0,
      legacy: 0,
      failed: 0,
      failures: [],
    });
    await before.close();
    const after = connectionsWith({ legacy: [] });
    expect(await served(after)).toEqual(access);
    const texts = (await rows.find()).flatMap((row) => [row.accessTokenEncrypted, row.refreshTokenEncrypted]);
    expect(texts.filter((text) => text !== null && !text.startsWith('v1.k1.'))).toEqual([]);
    await after.close();
  });
});
