import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConnections } from '../../src/config/load';

const folder = resolve(import.meta.dirname, '../../examples');

async function outputOf(file: string): Promise<string> {
  const tsx = resolve(import.meta.dirname, '../../node_modules/tsx/dist/cli.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, resolve(folder, file)]);
  return stdout;
}

describe('the examples', () => {
  it('declare their connections without a problem', async () => {
    const { problems, connections } = await loadConnections({ file: resolve(folder, 'connections.json') });
    expect(problems).toEqual([]);
    expect([...connections.keys()]).toEqual([
      'atlassian',
      'github',
      'google_drive',
      'slack',
      'notion',
      'linear',
      'public_docs',
    ]);
  });

  it('are all run here', () => {
    expect(readdirSync(folder).toSorted()).toEqual([
      'by-hand.ts',
      'connections.edited.json',
      'connections.json',
      'declared-connections.ts',
      'report-table.ts',
    ]);
  });

  it('declared-connections: creates, finds nothing to do, then reports what was edited', async () => {
    const [first, second, third] = (await outputOf('declared-connections.ts'))
      .split(/^(?:First|Second|Third) start/m)
      .slice(1);
    expect(first?.match(/ {2}created$/gm)).toHaveLength(6);
    expect(second?.match(/ {2}unchanged$/gm)).toHaveLength(6);
    expect(third).toMatch(
      /atlassian +updated\n +oauthScopes\n +from "read:jira-work .*\n +to {3}"read:jira-work write:jira-work/,
    );
    expect(third).toMatch(/github +no longer declared, disabled/);
    expect(third).toMatch(/linear +rejected/);
    expect(third).toMatch(/warning +mcpServers\.notion\.desciption: .*did you mean "description"/);
    expect(third).toMatch(/error +mcpServers\.linear\.url: /);
  });

  it('by-hand: calls the pieces in order on the host’s own DataSource', async () => {
    const output = await outputOf('by-hand.ts');
    expect(output.match(/ {2}created$/gm)).toHaveLength(6);
    expect(output).toContain('the next sync left that alone (0 updated)');
    expect(output).toContain('Usable now: atlassian, github, google_drive, linear, notion\n');
    expect(output).toContain('committed is false');
  });
});
