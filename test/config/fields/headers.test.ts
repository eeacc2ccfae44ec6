import { describe, expect, it } from 'vitest';
import { entry, entryProblems, parseEntry, printed } from '../documents';

const read = (headers: unknown) => parseEntry(entry({ headers })).connections.get('demo')?.oauth?.headers;
const problems = (headers: unknown) =>
  entryProblems(entry({ headers })).map((problem) => problem.replace('mcpServers.demo.headers', '*'));

const REFERENCE =
  'write ${NAME} for the variable NAME, or where the value is, as in {"file": "/run/secrets/key"}';

describe('headers', () => {
  it('are plain texts, and references that are followed when they are used', () => {
    const declared = {
      'X-Cloud-Id': '1f0-c5',
      'x-literal': '$${NAME}',
      'X-Api-Key': '${API_KEY}',
      'X-Env': { env: 'API.KEY' },
      'X-File': { file: '/run/secrets/key' },
      'X-Arn': { arn: 'team/key' },
    };
    expect(problems(declared)).toEqual([]);
    expect(read(declared)).toEqual({
      'X-Cloud-Id': '1f0-c5',
      'x-literal': '${NAME}',
      'X-Api-Key': { kind: 'env', name: 'API_KEY' },
      'X-Env': { kind: 'env', name: 'API.KEY' },
      'X-File': { kind: 'file', path: '/run/secrets/key' },
      'X-Arn': { kind: 'arn', arn: 'team/key' },
    });
    for (const nothing of [{}, null, undefined, { 'X-Id': undefined }]) expect(read(nothing)).toEqual({});
  });

  it('never hold what a variable has, which may be a secret', () => {
    const parsed = parseEntry(entry({ headers: { 'X-Id': '${S}' } }), { S: 'hunter2' });
    expect(printed(parsed)).not.toContain('hunter2');
    expect(parsed.connections.get('demo')?.oauth?.headers).toEqual({ 'X-Id': { kind: 'env', name: 'S' } });
  });

  it.each(['org-${ORG}', '${ORG:-none}', '${A}${B}', '$${A} ${B}'])(
    'have no variable within a text: %s',
    (value) => {
      expect(problems({ 'X-Id': value })).toEqual([
        'error invalid_value *.X-Id: found a variable within the value of a header; write ${NAME} alone, without a default, and put the whole value into that variable',
      ]);
    },
  );

  it.each(['${env:ORG}', '${input:org}', '{{ORG}}', 'a <org>', '$ORG'])(
    'have no placeholder of another program: %s',
    (value) => {
      const found = 'found a placeholder of another program';
      expect(problems({ 'X-Id': value })).toEqual([`error invalid_value *.X-Id: ${found}; ${REFERENCE}`]);
    },
  );

  it.each([
    ['X-Api-Key', 'hunter2'],
    ['X-Auth-Token', 'hunter2'],
    ['X-Auth', 'hunter2'],
    ['X-Signature', 'hunter2'],
    ['DD-APPLICATION-KEY', 'hunter2'],
    ['x-client-secret', 'hunter2'],
    ['X-Session-Id', 'hunter2'],
    ['X-Upstream', 'Bearer hunter2'],
    ['X-Upstream', 'Token hunter2'],
    ['x-rapidapi-key', 'hunter2'],
    ['X-PAT', 'hunter2'],
    ['X-Upstream', 'basic aHVudGVyMg=='],
  ])('hold no secret in clear: %s', (name, value) => {
    expect(problems({ [name]: value })).toEqual([
      `error secret_in_table_field *.${name}: found a header that looks like a secret, in clear; secrets must not be stored in the table: ${REFERENCE}`,
    ]);
    expect(problems({ [name]: '${KEY}' })).toEqual([]);
  });

  it.each([
    ['Host', 'it belongs to one connection to a server'],
    ['connection', 'it belongs to one connection to a server'],
    ['Transfer-Encoding', 'it belongs to one connection to a server'],
    ['Upgrade', 'it belongs to one connection to a server'],
    ['CONTENT-LENGTH', 'it describes the body of one request'],
    ['Content-Type', 'it describes the body of one request'],
    ['Cookie', 'it would authorize requests beside the access token'],
    ['proxy-authorization', 'it would authorize requests beside the access token'],
  ])('are not %s, and it is said why', (name, why) => {
    for (const value of ['x', '${X}', { file: '/x' }, 5]) {
      expect(problems({ [name]: value })).toEqual([
        expect.stringContaining(
          `error invalid_value *.${name}: found a header that may not be declared; leave it out: ${why}`,
        ),
      ]);
    }
  });

  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'named %s, as MCP clients have it, are left out with a warning',
    (name) => {
      for (const value of ['Bearer ${TOKEN}', 'Bearer hunter2', '${input:token}', { file: '/x' }, null]) {
        const declared = { [name]: value, 'X-Cloud-Id': '1' };
        expect(problems(declared)).toEqual([
          `warning invalid_value *.${name}: found a header that is not sent: the access token of each user is sent in its place; leave it out, or write "auth_type": "static" if all users share these credentials`,
        ]);
        expect(read(declared)).toEqual({ 'X-Cloud-Id': '1' });
      }
    },
  );

  it.each(['X Id', 'X:Id', 'é', '', 'a\nb', '__proto__', '\u0000', 'x'.repeat(256)])(
    'have names that are tokens: not %j',
    (name) => {
      const [problem, ...others] = problems(JSON.parse(`{${JSON.stringify(name)}: "a"}`));
      expect(problem).toMatch(/^error invalid_name \*.*found a name that no header may have/);
      expect(others).toEqual([]);
    },
  );

  it.each(['a\r\nX-Evil: b', 'a\nb', 'a\tb', 'a\u007f', 'é', ' a', 'a '])(
    'have values that can be sent: not %j',
    (value) => {
      expect(problems({ 'X-Id': value })).toEqual([
        'error invalid_value *.X-Id: found a value that no header may have; it has visible ASCII characters, and spaces between them',
      ]);
    },
  );

  it.each<[unknown, string, string]>([
    [5, '', 'invalid_type'],
    [null, '', 'invalid_type'],
    [['a'], '', 'invalid_type'],
    ['', '', 'invalid_value'],
    [{}, '', 'invalid_value'],
    [{ env: 'A', file: '/a' }, '', 'invalid_value'],
    [{ kind: 'env', name: 'A' }, '', 'invalid_value'],
    [{ env: '${A}' }, '.env', 'invalid_value'],
    [{ env: 'hunter2 x' }, '.env', 'invalid_value'],
    [{ file: 5 }, '.file', 'invalid_type'],
    [{ arn: 'a b' }, '.arn', 'invalid_value'],
  ])('have no value such as %j', (value, at, code) => {
    const [problem, ...others] = problems({ 'X-Id': value });
    expect(problem?.slice(0, 60)).toContain(`error ${code} *.X-Id${at}: `);
    expect(problem).not.toContain('hunter2');
    expect(others).toEqual([]);
  });

  it('are there once each, whatever their case', () => {
    expect(problems({ 'X-Id': 'a', 'x-id': 'b' })).toEqual([
      'error duplicate_name *.x-id: found a header whose name differs only by case from another; keep one of the two',
    ]);
  });

  it('are twenty at most, of 8,000 characters in all', () => {
    const some = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'a']));
    expect(problems(some(20))).toEqual([]);
    expect(problems(some(21))).toEqual(['error too_large *: found 21 headers; at most 20 are allowed']);
    expect(problems({ a: 'x'.repeat(7_997) })).toEqual([]);
    expect(problems({ a: 'x'.repeat(4_000), b: 'x'.repeat(4_000) })).toEqual([
      'error too_large *: found headers that are too long; at most 8000 characters in all are allowed',
    ]);
  });

  it('and what stands in oauth_config fit into one column together', () => {
    const authorize_params = Object.fromEntries(
      Array.from({ length: 4 }, (_, index) => [`p${index}`, 'x'.repeat(14_000)]),
    );
    const fields = entry({ oauth_config: { authorize_params } });
    expect(entryProblems(fields)).toEqual([]);
    expect(entryProblems({ ...fields, headers: { a: 'x'.repeat(7_000) } })).toEqual([
      'error too_large mcpServers.demo.oauth_config: found more than 60000 bytes of JSON; at most 60000 are allowed',
    ]);
  });

  it('of an entry without OAuth are not looked at', () => {
    const headers = { Authorization: 'Bearer hunter2', Cookie: 5, 'X-Key': '${input:key}' };
    for (const auth_type of ['static', 'bond_jwt', 'none', undefined]) {
      const fields = { ...entry({ headers }), auth_type };
      expect(entryProblems(fields)).toEqual([]);
      expect(parseEntry(fields).connections.get('demo')?.oauth).toBeNull();
    }
  });
});
