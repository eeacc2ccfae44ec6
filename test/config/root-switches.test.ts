/** Fields beside `mcpServers` that switch entries off in another program. */
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief } from './documents';

type Fields = Record<string, unknown>;

const url = 'https://mcp.example.com/mcp';
const servers = {
  demo: { url, auth_type: 'oauth2' },
  other: { url, auth_type: 'oauth2' },
  program: { command: 'npx' },
};
const read = (fields: Fields, mcpServers: Fields = servers) =>
  parseConnections(broken({ ...fields, mcpServers }));
const usable = (fields: Fields) => [...read(fields).connections.keys()];

/** Fields that switch off `demo` and nothing else. */
const offForDemo: Fields[] = [
  ...[
    'exclude',
    'excluded',
    'disable',
    'disabled',
    'deny',
    'denied',
    'block',
    'blocked',
    'skip',
    'skipped',
    'ignore',
    'ignored',
  ].flatMap((word): Fields[] => [
    { [`${word}MCPServers`]: ['demo'] },
    { [`${word}_servers`]: ['demo', 'absent'] },
    { [`${word}Mcp`]: 'demo' },
    { [`${word}McpServer`]: ['demo'] },
    { [`${word}McpjsonServers`]: ['demo'] },
    { mcp: { [word]: ['demo'] } },
  ]),
  ...['allow', 'allowed', 'enable', 'enabled', 'include', 'included'].flatMap((word): Fields[] => [
    { [`${word}McpServers`]: ['other'] },
    { mcp: { [word]: ['other'] } },
  ]),
  { disabled: ['demo'] },
  { enabled: ['other'] },
];

/** Fields that switch every entry off. */
const offForAll: Fields[] = [
  ...['disabled', 'disable', 'isDisabled', 'off', 'inactive', 'paused', 'isPaused', 'disbaled'].map(
    (word) => ({ [word]: true }),
  ),
  ...['enabled', 'enable', 'isEnabled', 'active', 'isActive', 'on', 'enabeld'].map((word) => ({
    [word]: false,
  })),
  { mcp: { enabled: false } },
  { mcp: { disabled: 'yes' } },
  { enableMcp: false },
  { allowedMcpServers: [] },
  { mcp: { allowed: [] } },
  { excludedMcpServers: ['*'] },
];

describe('a field beside mcpServers', () => {
  it.each(offForDemo)('rejects the entry that it switches off, and no other: %j', (fields) => {
    const parsed = read(fields);
    expect([...parsed.rejected]).toEqual(['demo']);
    expect([...parsed.connections.keys()]).toEqual(['other']);
    expect(parsed.skipped.map(({ name }) => name)).toEqual(['program']);
  });

  it.each(offForAll)('rejects every remote entry that it switches off: %j', (fields) => {
    expect([...read(fields).rejected]).toEqual(['demo', 'other']);
  });

  it.each([...offForDemo, ...offForAll])(
    'rejects no entry that is written as the message says: %j',
    (fields) => {
      const off = { url, auth_type: 'oauth2', enabled: false };
      const parsed = read(fields, { demo: off, other: offForAll.includes(fields) ? off : servers.other });
      expect([...parsed.rejected]).toEqual([]);
      expect(parsed.connections.get('demo')?.enabled).toBe(false);
      expect(parsed.problems.map(({ severity }) => severity)).toEqual(['warning']);
    },
  );

  it('is named at the entry and at the root', () => {
    expect(brief(read({ mcp: { excluded: ['demo'] } }).problems)).toEqual([
      'warning unknown_field mcp: found the unknown field "mcp"; it is ignored: write "enabled": false in an entry to switch it off',
      'error unknown_field mcpServers.demo: found an entry that "mcp.excluded" switches off; write "enabled": false in it, or delete that field',
    ]);
  });

  it.each([
    { mcp: { excluded: ['playwright'] } },
    { disabledMcpServers: [] },
    { disabledMcpServers: ['program'] },
    { allowedMcpServers: ['demo', 'other'] },
    { allowedMcpServers: ['*'] },
    { allowedMcpServers: null },
    { excludedMcpServers: {} },
    { disabled: false },
    { enabled: true },
    { mcp: { enabled: true } },
    { on: ['push'] },
    { include: ['other.json'] },
  ])('that switches off nothing in the document is a warning: %j', (fields) => {
    expect(usable(fields)).toEqual(['demo', 'other']);
    expect(read(fields).problems.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it.each([
    { deniedMcpServers: [{ serverName: 'demo' }] },
    { disabledMcpServers: { demo: true } },
    { disabledMcpServers: '${OFF}' },
    { disabled: '${OFF:-true}' },
    { mcp: { excluded: [1] } },
    { disabledMcpServers: ['${NAME}'] },
    { allowedMcpServers: ['demo-*'] },
  ])('of which cannot be told what it switches off makes the document unreadable: %j', (fields) => {
    const parsed = read({ ...fields, nonsense: 1 });
    const [field = ''] = Object.keys(fields);
    expect(parsed.readable).toBe(false);
    expect(brief(parsed.problems)).toEqual([
      `error unknown_field ${field}: found the unknown field "${field}"; it switches connections off: write "enabled": false in their entries instead`,
    ]);
  });
});
