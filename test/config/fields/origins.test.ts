import { describe, expect, it } from 'vitest';
import { entry, entryProblems, parseEntry } from '../documents';

const read = (api_origins: unknown, environment = {}) =>
  parseEntry(entry({ api_origins }), environment).connections.get('demo')?.oauth?.apiOrigins;
const problems = (api_origins: unknown, environment = {}) =>
  entryProblems(entry({ api_origins }), environment).map((problem) =>
    problem.replace('mcpServers.demo.api_origins', '*'),
  );

describe('api_origins', () => {
  it('are kept as `URL` writes them, with their variables put in', () => {
    const declared = ['https://api.example.com', 'HTTP://Api.Example.com:80/', 'https://${HOST}:8443'];
    expect(read(declared, { HOST: 'x.test' })).toEqual([
      'https://api.example.com',
      'http://api.example.com',
      'https://x.test:8443',
    ]);
    expect(read([])).toEqual([]);
    expect(read(null)).toEqual([]);
    expect(read(undefined)).toEqual([]);
  });

  it.each<[string, string]>([
    ['https://api.example.com/v1', '"https://api.example.com"'],
    ['https://api.example.com?', '"https://api.example.com"'],
    ['https://api.example.com/#', '"https://api.example.com"'],
    ['https://api.example.com/.', '"https://api.example.com"'],
    ['${BASE}/v1', '"${BASE}"'],
  ])('have nothing after the port: %s', (origin, shown) => {
    expect(problems(['https://a.test', origin], { BASE: 'https://hunter2.test' })).toEqual([
      `error invalid_url *[1]: found ${shown} with a path, a query or a fragment; write only the origin: scheme, host and port, as in https://api.example.com`,
    ]);
  });

  it.each([
    ['ftp://api.example.com', 'invalid_url'],
    ['api.example.com', 'invalid_url'],
    ['', 'invalid_value'],
    ['https://user@api.example.com', 'secret_in_table_field'],
    ['https://user:hunter2@api.example.com/', 'secret_in_table_field'],
    ['https://{tenant}.example.com', 'invalid_value'],
    ['${NOT_SET}', 'missing_variable'],
    [5, 'invalid_type'],
    [null, 'invalid_type'],
  ])('are http or https, without a user name: not %j', (origin, code) => {
    const [problem, ...others] = problems([origin]);
    expect(problem).toMatch(new RegExp(`^error ${code} \\*\\[0\\]: `));
    expect(problem).not.toContain('hunter2');
    expect(others).toEqual([]);
  });

  it('are no longer than the name of a host may be', () => {
    expect(problems([`https://${'a'.repeat(300)}`])).toEqual([
      'error too_large *[0]: found an origin that is too long; at most 300 characters are allowed',
    ]);
  });

  it('are there once each, however they are written', () => {
    expect(problems(['https://a.test', 'https://b.test', 'HTTPS://A.test:443/'])).toEqual([
      'error invalid_value *[2]: found the same origin twice; write each one once',
    ]);
  });

  it('are twenty at most, in a list', () => {
    const some = (count: number) => Array.from({ length: count }, (_, index) => `https://h${index}.test`);
    expect(problems(some(20))).toEqual([]);
    expect(problems(some(21))).toEqual([
      'error too_large *: found a list of 21 items; at most 20 are allowed',
    ]);
    expect(problems('https://a.test')).toEqual([
      'error invalid_type *: found a text of 14 characters; it must be a list of origins',
    ]);
  });

  it('mean nothing without OAuth, which is said', () => {
    const fields = entry({ auth_type: 'static', api_origins: ['https://a.test'] });
    expect(entryProblems(fields)).toEqual([
      'warning invalid_value mcpServers.demo.api_origins: found api_origins with auth_type "static"; it is ignored unless auth_type is "oauth2"',
    ]);
    expect(parseEntry(fields).connections.get('demo')?.oauth).toBeNull();
  });
});
