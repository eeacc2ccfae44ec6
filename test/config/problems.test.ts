import { describe, expect, it } from 'vitest';
import { formatPath, problemList } from '../../src/config/problems';

describe('formatPath', () => {
  it.each<[(string | number)[], string]>([
    [[], ''],
    [['mcpServers'], 'mcpServers'],
    [['mcpServers', 'my-server', 'oauth_config', 'scopes', 3], 'mcpServers.my-server.oauth_config.scopes[3]'],
    [['mcpServers', 'a.b', ''], 'mcpServers["a.b"][""]'],
    [['"\u0007\ud800'], '["\\"\\u0007\\ud800"]'],
    [['n'.repeat(200)], `["${'n'.repeat(80)}…"]`],
  ])('writes %j as %j', (keys, path) => {
    expect(formatPath(keys)).toBe(path);
  });
});

describe('problemList', () => {
  const problems = Array.from({ length: 6 }, (_, index) => ({ path: `p${index}`, message: `m${index}` }));

  it('has each problem with its place, where it has one', () => {
    const some = [...problems.slice(0, 1), { path: '', message: 'of the document' }];
    expect(problemList(some)).toBe('p0: m0; of the document');
  });

  it('has five problems, and says how many more there are', () => {
    expect(problemList(problems.slice(0, 5))).toBe('p0: m0; p1: m1; p2: m2; p3: m3; p4: m4');
    expect(problemList(problems)).toBe('p0: m0; p1: m1; p2: m2; p3: m3; p4: m4; and 1 more');
  });
});
