import { describe, expect, it } from 'vitest';
import { formatPath } from '../../src/config/problems';

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
