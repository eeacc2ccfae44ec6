import { describe, expect, it } from 'vitest';
import type { ConnectionsDocument } from '../../src/config/document';
import { parseConnections } from '../../src/config/parse';
import { planConnectionSync } from '../../src/sync/plan';
import { hasFaults, reportLines, syncReport } from '../../src/sync/report';
import type { StoredRow } from '../../src/sync/row';
import { declaration, entry, storedRow } from '../setup/declarations';

const reportOf = (config: ConnectionsDocument | string, stored: readonly StoredRow[] = []) => {
  const declared = parseConnections(config);
  return syncReport(declared, planConnectionSync(declared, stored), true);
};
const texts = (config: ConnectionsDocument | string, stored?: readonly StoredRow[]) =>
  reportLines(reportOf(config, stored)).map(({ level, text }) => `${level}: ${text}`);

describe('syncReport', () => {
  it('names what is not kept, and why', () => {
    const config = declaration({
      a: entry(),
      local: { command: 'npx' },
      open: { url: 'https://x.test', auth_type: 'none' },
    });
    expect(reportOf(config).skipped).toEqual([
      { name: 'local', reason: expect.any(String) },
      { name: 'open', reason: 'auth_type is none' },
    ]);
  });

  it('gathers the errors of each rejected name', () => {
    const { rejected } = reportOf(
      declaration({ a: { auth_type: 'oauth2', url: 'ftp://x', transport: 'pigeon' } }),
    );
    expect(rejected.map(({ name, problems }) => [name, problems.map(({ path }) => path).toSorted()])).toEqual(
      [['a', ['mcpServers.a.transport', 'mcpServers.a.url']]],
    );
  });
});

describe('hasFaults', () => {
  it.each([
    ['a rejected entry', declaration({ a: { ...entry(), url: 'x' } }), [], true],
    ['a conflict', declaration({ a: entry() }), [storedRow('a', entry(), { managedBy: 'crm' })], true],
    ['an unreadable document', '{', [], true],
    ['a mere warning', declaration({ a: entry({ colour: 'red' }) }), [], false],
    ['an empty document', '{}', [storedRow('a')], false],
  ])('of %s', (_, config, stored, faulty) => {
    expect(hasFaults(reportOf(config, stored))).toBe(faulty);
  });
});

describe('reportLines', () => {
  it('says one line for each connection that something happened to, and nothing for those that stayed', () => {
    const config = declaration({
      new: entry(),
      free: entry(),
      moved: entry({ cloud_id: '1' }),
      same: entry(),
      theirs: entry(),
    });
    const stored = [
      storedRow('free', entry(), { managedBy: null }),
      storedRow('moved'),
      storedRow('same'),
      storedRow('theirs', entry(), { managedBy: 'crm' }),
      storedRow('gone'),
    ];
    expect(texts(config, stored)).toEqual([
      'error: Connection "theirs" was not synced: its row belongs to the source "crm". Rename the connection, or set ' +
        '`managed_by` of that row to NULL so that the next sync adopts it.',
      'info: Connection "new" was created.',
      'info: Connection "free" had no source and was adopted.',
      'info: Connection "moved" was updated (extraConfig).',
      'warn: Connection "gone" is no longer declared: its row was disabled (`removed_at` was set).',
      'debug: Connections of the source "default": 1 created, 1 updated, 1 adopted, 1 removed, 1 unchanged.',
    ]);
  });

  it('says where and what is wrong with a rejected entry', () => {
    expect(texts(declaration({ a: { ...entry(), url: 'ftp://x' } }))[0]).toMatch(
      /^error: The declaration of connection "a" is invalid and was not synced\. mcpServers\.a\.url: /,
    );
  });

  it('warns of rows that an empty document leaves', () => {
    expect(texts('{}', [storedRow('a')])).toContain(
      'warn: Connection "a" was not removed: the document declares no connection to store. To remove every row, set ' +
        '`allowEmpty: true`.',
    );
  });

  it('says of an unreadable document that it is', () => {
    expect(texts('{')[0]).toMatch(/^error: /);
  });
});
