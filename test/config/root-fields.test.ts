/** The fields beside `mcpServers`, and what is said of a document that has others instead. */
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief, document } from './documents';

const demo = { url: 'https://mcp.example.com/mcp', auth_type: 'oauth2' };
const servers = { demo };
const read = (fields: unknown) => parseConnections(broken(fields));

describe('the root of another program', () => {
  it.each([
    'servers',
    'mcp',
    'mcp.servers',
    'mcp_servers',
    'context_servers',
    'amp.mcpServers',
    'extensions',
    'remotes',
  ])('is not read, and named: %s', (root) => {
    const parsed = read({ version: 1, [root]: servers });
    expect(parsed.readable).toBe(false);
    expect(parsed.problems.map(({ message }) => message)).toEqual([
      `found "${root}"; did you mean "mcpServers"?`,
    ]);
  });

  it.each<[string, unknown, string]>([
    ['mcp', { servers }, 'mcp.servers'],
    ['mcp', { mcpServers: servers }, 'mcp.mcpServers'],
    [
      'projects',
      { '/home/ann': { history: [], mcpServers: servers } },
      'projects[\\"/home/ann\\"].mcpServers',
    ],
  ])('is found below another field: %s, %j', (field, value, place) => {
    const parsed = read({ extensions: {}, [field]: value });
    expect(parsed.readable).toBe(false);
    expect(brief(parsed.problems)).toEqual([
      `error unknown_field ${field}: found "${field}"; put what is in "${place}" under "mcpServers"`,
    ]);
  });

  it('is not looked for in an entry', () => {
    expect(read({ mcp: { servers: demo } }).problems[0]?.message).toBe(
      'found "mcp"; did you mean "mcpServers"?',
    );
  });

  it('is read once it has our name', () => {
    expect(parseConnections(document(servers))).toMatchObject({ readable: true, problems: [] });
  });

  it.each([{ mcp: { timeout: 1 } }, { servers: {} }, { inputs: [] }])(
    'is a warning beside ours: %j',
    (fields) => {
      const parsed = read({ ...fields, mcpServers: servers });
      expect(parsed.problems.map(({ severity, code }) => [severity, code])).toEqual([
        ['warning', 'unknown_field'],
      ]);
      expect([...parsed.connections.keys()]).toEqual(['demo']);
    },
  );
});

it.each(['x-note', '// note', '_comment', '$comment'])('a field %s is free at every level', (field) => {
  const fields = { ...demo, [field]: 1, oauth_config: { [field]: 1 } };
  expect(read({ [field]: 1, mcpServers: { demo: fields } })).toMatchObject({ readable: true, problems: [] });
});
