import { describe, expect, it, vi } from 'vitest';
import { parseConnections, ParsedConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief, document, entry } from './documents';

const empty = {
  connections: new Map(),
  rejected: new Set(),
  skipped: [],
  problems: [],
  authTypes: ['oauth2'],
  readable: true,
};

function unreadable(code: string, path: string, message: string) {
  return {
    ...empty,
    problems: [{ severity: 'error', code, path, connection: null, message }],
    readable: false,
  };
}

describe('a document', () => {
  it.each<unknown>([
    '',
    ' \n\t',
    '// nothing',
    '{}',
    {},
    { mcpServers: {} },
    { $schema: 'x', 'x-a': 1, '//': 1 },
  ])('%j is readable and empty', (raw) => {
    expect(parseConnections(broken(raw))).toEqual(empty);
  });

  it.each<[unknown, string, string, string]>([
    [null, 'invalid_type', '', 'found null; it must be an object with "mcpServers"'],
    [undefined, 'invalid_type', '', 'found nothing; it must be an object with "mcpServers"'],
    ['[]', 'invalid_type', '', 'found a list of 0 items; it must be an object with "mcpServers"'],
    ['"hunter2"', 'invalid_type', '', 'found a text of 7 characters; it must be an object with "mcpServers"'],
    [
      Promise.resolve(),
      'invalid_type',
      '',
      'found an object of a class; it must be an object with "mcpServers"',
    ],
    [{ mcpServers: null }, 'invalid_type', 'mcpServers', 'found null; it must be an object'],
    [
      { mcpServers: ['a'] },
      'invalid_type',
      'mcpServers',
      'found a list of 1 item; it must be an object, with the name of each entry as its key',
    ],
    [{ mcpservers: {} }, 'unknown_field', 'mcpservers', 'found "mcpservers"; did you mean "mcpServers"?'],
    [
      { 'mcp-servers': {} },
      'unknown_field',
      'mcp-servers',
      'found "mcp-servers"; did you mean "mcpServers"?',
    ],
    [
      { github: {} },
      'missing_field',
      '',
      'found no "mcpServers", but github; a document needs it, unless it is empty',
    ],
    [
      { 'x-note': 1, github: { url: 'https://a.b' } },
      'missing_field',
      '',
      'found no "mcpServers", but github; put the entries into it',
    ],
    [
      { file: 'connections.json', nonsense: 1 },
      'missing_field',
      '',
      'found no "mcpServers", but file; a document needs it, unless it is empty',
    ],
    [{ mcpServer: {} }, 'unknown_field', 'mcpServer', 'found "mcpServer"; did you mean "mcpServers"?'],
    [{ servers: {} }, 'unknown_field', 'servers', 'found "servers"; did you mean "mcpServers"?'],
    [
      '{"mcpServers":{},"mcpServers":{}}',
      'duplicate_name',
      'mcpServers',
      'found it twice; a document may have it once',
    ],
    [
      '{"mcpServers": {,}}',
      'invalid_json',
      '',
      'found an error at line 1, column 17 (value expected); it must be JSON, where comments and trailing commas are allowed',
    ],
  ])('%# cannot be understood, and says why', (raw, code, path, message) => {
    expect(parseConnections(broken(raw))).toEqual(unreadable(code, path, message));
  });

  it('already parsed is given back as it is', () => {
    const parsed = parseConnections(document({ a: entry() }));
    expect(parseConnections(parsed, { environment: { A: '1' } })).toBe(parsed);
    expect(parsed).toBeInstanceOf(ParsedConnections);
  });

  it('as text and as value gives the same', () => {
    const servers = { a: entry({ extra_config: { b: [1, { c: null }] } }), b: 5, c: { command: 'x' }, A: {} };
    const raw = { ...document(servers), nonsense: 1 };
    expect(parseConnections(JSON.stringify(raw))).toEqual(parseConnections(raw));
  });

  it('with unknown fields is warned of, by their names alone', () => {
    const parsed = parseConnections(broken({ mcpServers: {}, mcpServer: 'v', other: 'v' }));
    expect(brief(parsed.problems)).toEqual([
      'warning unknown_field mcpServer: found the unknown field "mcpServer"; did you mean "mcpServers"?',
      'warning unknown_field other: found the unknown field "other"; it is ignored',
    ]);
  });

  it('reads nothing from the process environment', () => {
    vi.stubEnv('DEMO_URL', 'https://example.com');
    const parsed = parseConnections(document({ a: { url: '${DEMO_URL}' } }));
    vi.unstubAllEnvs();
    expect(parsed.problems.map(({ code }) => code)).toEqual(['missing_variable']);
  });

  it('is frozen by nobody and changed by nobody', () => {
    const raw = document({ a: entry({ extra_config: { b: ['${A}'] } }), b: 5 });
    const before = structuredClone(raw);
    parseConnections(raw, { environment: { A: 'x' } });
    expect(raw).toEqual(before);
  });
});

describe('the entries of a document', () => {
  it('are judged each on its own', () => {
    const parsed = parseConnections(
      document({
        good: entry(),
        bad: 5,
        program: { command: 'x' },
        'bad name ': entry(),
        also: { url: 'https://a.b' },
      }),
    );
    expect([...parsed.connections.keys()]).toEqual(['good', 'also']);
    expect([...parsed.rejected].toSorted()).toEqual(['bad', 'bad name ']);
    expect(parsed.skipped.map(({ name }) => name)).toEqual(['program']);
  });

  it('whose names differ only by case are all rejected, local programs too', () => {
    const parsed = parseConnections(document({ a: entry(), A: { command: 'x' }, b: entry() }));
    expect([...parsed.connections.keys()]).toEqual(['b']);
    expect([...parsed.rejected]).toEqual(['a', 'A']);
    expect(parsed.skipped).toEqual([]);
  });

  it('declared twice in a text are rejected; a field said twice is a warning and the last one counts', () => {
    const text = `{"mcpServers": {
      "a": {"url": "https://one.example.com"},
      "b": {"url": "https://one.example.com", "url": "https://two.example.com"},
      "a": {"url": "https://two.example.com"}
    }, "x-note": {"n": 1, "n": 2}}`;
    const parsed = parseConnections(text);
    expect([...parsed.rejected]).toEqual(['a']);
    expect(parsed.connections.get('b')?.url).toBe('https://two.example.com');
    expect(parsed.problems).toEqual([
      {
        severity: 'warning',
        code: 'duplicate_name',
        path: 'mcpServers.b.url',
        connection: 'b',
        message: 'found this field twice; the last one counts',
      },
      {
        severity: 'warning',
        code: 'duplicate_name',
        path: 'x-note.n',
        connection: null,
        message: 'found this field twice; the last one counts',
      },
      {
        severity: 'error',
        code: 'duplicate_name',
        path: 'mcpServers.a',
        connection: 'a',
        message: 'found the name twice; each name may be declared once',
      },
    ]);
  });
});

describe('entries of other types that are kept in the table', () => {
  const raw = document({ a: { url: 'https://x.test/mcp?api_key=hunter2', auth_type: 'static' } });

  it('may hold no secret', () => {
    const parsed = parseConnections(raw, { authTypes: ['oauth2', 'static'] });
    expect([...parsed.rejected]).toEqual(['a']);
    expect(parsed.problems.map(({ code, path }) => [code, path])).toEqual([
      ['secret_in_table_field', 'mcpServers.a.url'],
    ]);
  });

  it('may hold what they like when they are not kept', () => {
    expect(parseConnections(raw).problems).toEqual([]);
  });
});
