/** The headers that a declaration adds to requests to its API, when they are needed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { SecretResolver } from '../../src';
import { declaredHeaders } from '../../src/connections/api/call';
import { declaration, entry } from '../setup/declarations';
import { failureOf } from '../setup/code-of';
import type { JsonObject } from '../../src/config/definition';

afterEach(() => void vi.unstubAllEnvs());

function headersOf(headers: JsonObject, resolveSecret?: SecretResolver, timeoutMs = 30_000) {
  const { connections } = parseConnections(declaration({ jira: entry({ headers }) }));
  const definition = connections.get('jira');
  if (!definition) throw new Error('the entry is invalid');
  return declaredHeaders(definition, { resolveSecret, timeoutMs });
}

const unresolved = (message: string | RegExp) => ({
  code: 'secret_unresolved',
  message: expect.stringMatching(message),
});

describe('The headers that a connection declares', () => {
  it('are plain, or what their variables and files have at that moment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headers-'));
    const file = join(folder, 'key');
    await writeFile(file, 'from a file\n');
    vi.stubEnv('API_KEY', 'one');
    const declared = { 'X-Cloud-Id': 'c1', 'X-Api-Key': '${API_KEY}', 'X-File': { file } };
    const expected = { 'X-Cloud-Id': 'c1', 'X-Api-Key': 'one', 'X-File': 'from a file' };
    expect(await headersOf(declared)).toEqual(expected);
    vi.stubEnv('API_KEY', 'two');
    await writeFile(file, 'rotated');
    expect(await headersOf(declared)).toEqual({ ...expected, 'X-Api-Key': 'two', 'X-File': 'rotated' });
    await rm(folder, { recursive: true });
  });

  it('are none where none are declared, and the resolver is not asked for plain ones', async () => {
    const resolver = vi.fn<SecretResolver>();
    expect(await headersOf({}, resolver)).toEqual({});
    expect(await headersOf({ 'X-Cloud-Id': 'c1' }, resolver)).toEqual({ 'X-Cloud-Id': 'c1' });
    expect(resolver).not.toHaveBeenCalled();
  });

  it('come from the resolver of the host alone, each time anew', async () => {
    const resolver = vi.fn<SecretResolver>(async ({ kind }) => `from ${kind}`);
    const declared = { 'X-Api-Key': '${API_KEY}', 'X-File': { file: '/a' }, 'X-Arn': { arn: 'team/key' } };
    const expected = { 'X-Api-Key': 'from env', 'X-File': 'from file', 'X-Arn': 'from arn' };
    expect(await headersOf(declared, resolver)).toEqual(expected);
    expect(await headersOf(declared, resolver)).toEqual(expected);
    expect(resolver.mock.calls.slice(0, 3)).toEqual([
      [{ kind: 'env', name: 'API_KEY' }],
      [{ kind: 'file', path: '/a' }],
      [{ kind: 'arn', arn: 'team/key' }],
    ]);
    expect(resolver).toHaveBeenCalledTimes(6);
  });

  it('that cannot be read say which, of which connection, and where it should be', async () => {
    await expect(headersOf({ 'X-Api-Key': '${NOT_SET_HERE}' })).rejects.toMatchObject(
      unresolved(
        /^Connection "jira" cannot be used. The value of its header "X-Api-Key" cannot be read: the variable "NOT_SET_HERE" is not set.$/,
      ),
    );
    await expect(headersOf({ 'X-Arn': { arn: 'team/key' } })).rejects.toMatchObject(
      unresolved(/the AWS secret "team\/key" needs a resolver/),
    );
    const failing = () => Promise.reject(new Error('hunter2'));
    const error = await failureOf(() => headersOf({ 'X-Api-Key': '${KEY}' }, failing));
    expect(error).toMatchObject(unresolved(/the resolver threw an error for the variable "KEY"/));
    expect(inspect(error)).not.toContain('hunter2');
  });

  it.each(['hunter2\nX-Evil: 1', 'hunter2\n', ' hunter2', 'hunter2é', 'hunter2\u0000'])(
    'that cannot be sent are not shown: %j',
    async (secret) => {
      const error = await failureOf(() => headersOf({ 'X-Api-Key': '${KEY}' }, () => secret));
      expect(error).toMatchObject(
        unresolved(
          /header "X-Api-Key" cannot be sent: the variable "KEY" holds something else than visible ASCII/,
        ),
      );
      expect(inspect(error)).not.toContain('hunter2');
    },
  );

  it('are not waited for any longer than a request', async () => {
    const never = () => new Promise<string>(() => undefined);
    await expect(headersOf({ 'X-Api-Key': '${KEY}' }, never, 1)).rejects.toMatchObject(
      unresolved(/"jira".*not read in time.*`resolveSecret`/),
    );
  });
});
