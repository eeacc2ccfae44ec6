import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretResolver } from '../../src/config/secrets';
import { InlineSecret, resolveSecret } from '../../src/config/secrets';
import { ConnectionsError } from '../../src/errors';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secrets-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function failureOf(promise: Promise<unknown>): Promise<ConnectionsError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionsError);
  return error as ConnectionsError;
}

describe('an inline secret', () => {
  it('gives its value to reveal() and to nothing else', () => {
    const secret = new InlineSecret('hunter2');
    const shown = [
      String(secret),
      `${secret.toString()}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: Infinity }),
      format('%s %o %O %j', secret, secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify({ ...secret }),
    ];
    expect(secret.reveal()).toBe('hunter2');
    expect(shown.join('\n')).not.toContain('hunter2');
    expect(shown[0]).toBe('[secret]');
    expect(shown[2]).toBe('{"secret":"[secret]"}');
  });

  it('is revealed without asking the resolver', async () => {
    const resolver = vi.fn<SecretResolver>(() => 'other');
    expect(await resolveSecret(new InlineSecret('hunter2'), resolver)).toBe('hunter2');
    expect(resolver).not.toHaveBeenCalled();
  });
});

describe('without a resolver', () => {
  it('a variable is read from the process environment, anew on each call', async () => {
    vi.stubEnv('DEMO_SECRET', 'one');
    expect(await resolveSecret({ kind: 'env', name: 'DEMO_SECRET' })).toBe('one');
    vi.stubEnv('DEMO_SECRET', 'two');
    expect(await resolveSecret({ kind: 'env', name: 'DEMO_SECRET' })).toBe('two');
  });

  it.each([
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    ['value\n\n', 'value\n'],
    [' value ', ' value '],
  ])('a file holding %j gives %j', async (content, secret) => {
    const path = join(directory, 'secret');
    await writeFile(path, content);
    expect(await resolveSecret({ kind: 'file', path })).toBe(secret);
  });

  it('a missing variable, a missing or empty file and an AWS secret each say what is wrong', async () => {
    const empty = join(directory, 'empty');
    const absent = join(directory, 'absent');
    await writeFile(empty, '\n');
    const errors = await Promise.all([
      failureOf(resolveSecret({ kind: 'env', name: 'DEMO_ABSENT' })),
      failureOf(resolveSecret({ kind: 'file', path: absent })),
      failureOf(resolveSecret({ kind: 'file', path: empty })),
      failureOf(resolveSecret({ kind: 'arn', arn: 'arn:aws:x' })),
    ]);
    const prefix = 'A client secret cannot be read: ';
    expect(errors.map(({ code, message, cause }) => ({ code, message, cause }))).toEqual([
      { code: 'secret_unresolved', message: `${prefix}the variable "DEMO_ABSENT" is not set.` },
      { code: 'secret_unresolved', message: `${prefix}the file "${absent}" cannot be read (ENOENT).` },
      { code: 'secret_unresolved', message: `${prefix}the file "${empty}" is empty.` },
      {
        code: 'secret_unresolved',
        message: `${prefix}the AWS secret "arn:aws:x" needs a resolver: give \`new Connections\` the option \`resolveSecret\`.`,
      },
    ]);
  });
});

describe('with a resolver', () => {
  it.each([
    { kind: 'env', name: 'A' } as const,
    { kind: 'file', path: '/a' } as const,
    { kind: 'arn', arn: 'arn:a' } as const,
  ])('alone is asked for %j', async (reference) => {
    const resolver = vi.fn<SecretResolver>(async () => 'from the host');
    expect(await resolveSecret(reference, resolver)).toBe('from the host');
    expect(resolver.mock.calls).toEqual([[reference]]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
      'the resolver threw an error',
    ],
    ['rejects', () => Promise.reject(new Error('hunter2')), 'the resolver threw an error'],
    ['gives an empty text', () => '', 'the resolver returned an empty text for'],
    ['gives nothing', () => undefined, 'the resolver returned no text for'],
    ['gives an object', () => ({ secret: 'hunter2' }), 'the resolver returned no text for'],
  ])('one that %s fails without showing anything', async (_what, answer, reason) => {
    const error = await failureOf(resolveSecret({ kind: 'env', name: 'A' }, answer as () => string));
    expect(error.code).toBe('secret_unresolved');
    expect(error.message).toContain('the variable "A"');
    expect(error.message).toContain(reason);
    expect(inspect(error, { depth: Infinity }).replaceAll(error.stack ?? '', '')).not.toContain('hunter2');
    expect(error.cause).toBeUndefined();
  });
});
