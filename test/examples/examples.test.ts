/** @module-tag long */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConnections } from '../../src/config/load';
import { CookieBrowser } from '../setup/cookie-browser';
import { freePort } from '../setup/free-port';

const folder = resolve(import.meta.dirname, '../../examples');

const tsx = resolve(import.meta.dirname, '../../node_modules/tsx/dist/cli.mjs');

async function outputOf(file: string): Promise<string> {
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

  it('are all run here, but for the one that `npm run test:nest` runs', () => {
    expect(readdirSync(folder).toSorted()).toEqual([
      'app-home.ts',
      'app-service.ts',
      'app.ts',
      'by-hand.ts',
      'connections.edited.json',
      'connections.json',
      'declared-connections.ts',
      'discovery-watch.ts',
      'discovery.ts',
      'nest',
      'oauth-flow.ts',
      'oauth-print.ts',
      'oauth-replica.ts',
      'oauth-service.ts',
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

  it('oauth-flow: authorizes, refreshes once for two processes, rotates the key and disconnects', async () => {
    const output = await outputOf('oauth-flow.ts');
    const [begun, returned, kept, expired, refreshed, rotated, ended] = output.split(/^\d\. /m).slice(1);
    expect(begun).toMatch(/code_challenge_method +S256\n/);
    expect(begun).toMatch(/code_verifier +v1\.k1\./);
    expect(returned).toMatch(/ {2}code +43 characters\n/);
    expect(kept).toMatch(/the same callback again +state_unknown\n/);
    expect(kept).toMatch(
      /access_token_encrypted +v1\.k1\..*\n.*\n +status +active\n +generation +1\n.*in the future/,
    );
    expect(expired).toMatch(/expires_at .*in the past/);
    const digests = [
      ...(refreshed ?? '').matchAll(/process [12] +token with digest (\w{8}), (?:asked|waited)/g),
    ];
    expect(digests).toHaveLength(2);
    expect(new Set(digests.map(([, digest]) => digest)).size).toBe(1);
    expect(refreshed).toMatch(/the server +1 refresh seen, 1 answered\n/);
    expect(refreshed).toMatch(/the grant +alive\n/);
    expect(refreshed).toMatch(/generation +2\n/);
    expect(rotated).toMatch(/reencrypt +1 rewritten, 0 failed\n/);
    expect(rotated?.match(/_token_encrypted +v1\.k2\./g)).toHaveLength(2);
    expect(rotated).toContain(`opens, digest ${digests[0]?.[1]}\n`);
    expect(ended).toMatch(
      /removed: true, revocation: revoked\n.*does not take the token any more\n +rows left +0\n/,
    );
    expect(output).not.toContain('secret-of-the-client');
  });

  it('discovery: finds, registers, connects two users and asks for more scopes', async () => {
    const output = await outputOf('discovery.ts');
    const [introduced, found, sent, returned, kept, used, second, wanted, widened] = output.split(/^\d\. /m);
    expect(introduced).toMatch(
      /declares https:\/\/mcp\.linear\.app\/mcp, auth_type oauth2, and nothing else\./,
    );
    expect(introduced).toContain('`trustedOrigins`');
    const steps = (found ?? '').matchAll(/^ {2}(\S.*?) {2,}http:\/\/127\.0\.0\.1:\d+(\S+)/gm);
    expect([...steps].map(([, what, path]) => `${what} ${path}`)).toEqual([
      'challenge /mcp',
      'resource metadata /.well-known/oauth-protected-resource/mcp',
      'server metadata /.well-known/oauth-authorization-server',
      'server metadata /.well-known/openid-configuration',
    ]);
    expect(found).toMatch(/POST \S+\/reg\n[^]*answer 201\n +client_id +[\w-]{43}\n/);
    expect(sent).toMatch(/ client_id +[\w-]{43}\n[^]* scope +read offline_access\n/);
    expect(sent).toMatch(/ code_challenge_method +S256\n[^]* resource +http:\/\/127\.0\.0\.1:\d+\/mcp\n/);
    expect(returned).toMatch(/ code +43 characters\n +state +43 characters\n +iss +http/);
    expect(kept).toMatch(/ code_verifier +43 characters\n +resource +http[^]* access_token +43 characters\n/);
    expect(kept).toMatch(/ access_token_encrypted +v1\.k1\.[^]* issuer +http[^]* scopes +read\n/);
    expect(used).toMatch(/ tools +write_note\n/);
    expect(second).toMatch(/ resource metadata +cached, no request\n/);
    expect(second).toMatch(/ registrations made +0\n +clients in the database +1\n/);
    expect(wanted).toMatch(
      / code +insufficient_scope\n +scopes +write\n[^]* scope +read offline_access write\n/,
    );
    // What may be shown: the id of the client, and the challenge of the address that is taken apart.
    expect(new Set(output.match(/[\w-]{40,}/g)).size).toBe(2);
    expect(widened).toMatch(/ write_note +\[\{"type":"text","text":"written"\}\]\n$/);
  });

  it('app: a user connects on the page, and a tool is called as the user', async () => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port) };
    const service = spawn(process.execPath, [tsx, resolve(folder, 'app.ts')], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(createInterface(service.stdout), 'line')) as [string];
      expect(line).toBe(`Open http://localhost:${port}`);
      const origin = `http://localhost:${port}`;
      const browser = new CookieBrowser();
      expect(await browser.open(`${origin}/notes`)).toContain('Connect Notes first.');
      expect(await browser.open(`${origin}/connections/ui`)).toContain('Not connected');
      const consent = await browser.open(`${origin}/connections/notes/connect`, {
        method: 'POST',
        headers: { origin },
      });
      expect(consent).toContain('Allow access?');
      expect(await browser.open(new URL('?decision=allow', browser.address).href)).toContain(
        'Notes is connected.',
      );
      expect(browser.address).toBe(`${origin}/connections/ui?connection_success=notes`);
      expect(await browser.open(`${origin}/notes`)).toContain('Buy oat milk.');
    } finally {
      service.kill('SIGINT');
    }
    expect(await once(service, 'exit')).toEqual([0, null]);
  });
});
