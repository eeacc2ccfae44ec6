import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadOptions } from '../../src/config/load';
import { loadConnections } from '../../src/config/load';
import { parseConnections, ParsedConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { document, entry } from './documents';

const raw = document({ a: entry({ description: '${WHAT}' }) });
const parsed = parseConnections(raw, { environment: { WHAT: 'here' } });

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(directory, 'connections.json');
  await writeFile(file, content);
  return file;
}

function unreadable(code: string, message: string): ParsedConnections {
  return ParsedConnections.unreadable({
    severity: 'error',
    code: code as 'unreadable',
    path: '',
    connection: null,
    message,
  });
}

describe('from a variable', () => {
  it('of the default name, BOND_MCP_CONFIG, the declaration is loaded with the variables of the process', async () => {
    vi.stubEnv('BOND_MCP_CONFIG', JSON.stringify(raw));
    vi.stubEnv('WHAT', 'here');
    expect(await loadConnections()).toEqual(parsed);
  });

  it('of another name, in another environment, the declaration is loaded', async () => {
    const environment = { MY_CONFIG: JSON.stringify(raw), WHAT: 'here' };
    expect(await loadConnections({ env: 'MY_CONFIG' }, { environment })).toEqual(parsed);
  });

  it.each(['', ' \n'])('that is %j, an empty declaration is loaded', async (text) => {
    expect(await loadConnections({ env: 'MY_CONFIG' }, { environment: { MY_CONFIG: text } })).toEqual(
      new ParsedConnections(),
    );
  });

  it.each(['MY_CONFIG', 'constructor'])(
    'that is not set (%s) the document is unreadable, so that nothing is removed for it',
    async (env) => {
      expect(await loadConnections({ env }, { environment: {} })).toEqual(
        ParsedConnections.unreadable({
          severity: 'warning',
          code: 'missing_variable',
          path: '',
          connection: null,
          message: `found no environment variable "${env}"; set it to the document, or to {} if there is none`,
        }),
      );
    },
  );
});

describe('from a file', () => {
  const environment = { WHAT: 'here' };

  it('with comments and a byte order mark the declaration is loaded', async () => {
    const file = await fileOf(`\uFEFF// ours\n${JSON.stringify(raw, null, 2)}`);
    expect(await loadConnections({ file }, { environment })).toEqual(parsed);
  });

  it('that is not there, or a directory, or not UTF-8, nothing is loaded and the reason said', async () => {
    const advice = 'it must be a file of JSON in UTF-8 that this process may read';
    const absent = join(directory, 'absent.json');
    const binary = await fileOf(Uint8Array.of(0xff, 0xfe, 0x7b));
    expect(await loadConnections({ file: absent })).toEqual(
      unreadable('unreadable', `found the file "${absent}" unreadable (ENOENT); ${advice}`),
    );
    expect(await loadConnections({ file: directory })).toEqual(
      unreadable('unreadable', `found the file "${directory}" unreadable (EISDIR); ${advice}`),
    );
    expect(await loadConnections({ file: binary })).toEqual(
      unreadable(
        'unreadable',
        `found the file "${binary}" unreadable (ERR_ENCODING_INVALID_ENCODED_DATA); ${advice}`,
      ),
    );
  });

  it('over 64 MiB it is refused without being read', async () => {
    const file = await fileOf('{}');
    await truncate(file, 1024 ** 4);
    expect(await loadConnections({ file })).toEqual(
      unreadable('too_large', `found a text over 64 MiB; at most 64 MiB are read (the file "${file}")`),
    );
  });
});

describe('from the program', () => {
  it('a document or its text is loaded with the variables of the process', async () => {
    vi.stubEnv('WHAT', 'here');
    expect(await loadConnections(raw)).toEqual(parsed);
    expect(await loadConnections(JSON.stringify(raw))).toEqual(parsed);
  });

  it('what is already parsed is given back as it is', async () => {
    expect(await loadConnections(parsed)).toBe(parsed);
  });
});

describe('what the program gives', () => {
  it.each<[string, unknown, unknown, string]>([
    [
      'a number as its file',
      { file: 5 },
      {},
      'Option `file` of `loadConnections` must be a text that is not empty; found 5.',
    ],
    [
      'an empty text as its variable',
      { env: '' },
      {},
      'Option `env` of `loadConnections` must be a text that is not empty; found an empty text.',
    ],
    [
      'an option that there is not',
      raw,
      { enviroment: {} },
      '`loadConnections` has no option "enviroment". Did you mean `environment`?',
    ],
    [
      'a kind of connection that there is not',
      raw,
      { authTypes: ['oauth'] },
      "Option `authTypes` of `loadConnections` must be a list of 'oauth2', 'bond_jwt', 'static', 'none'; found a list of length 1.",
    ],
  ])('is refused where it has %s', async (_what, config, options, message) => {
    await expect(loadConnections(broken(config), options as LoadOptions)).rejects.toMatchObject({
      code: 'option_invalid',
      message,
    });
  });

  it.each<[string, unknown]>([
    ['mcpServers', { file: 'x', mcpServers: {} }],
    ['nothing', {}],
  ])('with %s is a document, not a place', async (_, config) => {
    expect((await loadConnections(broken(config))).readable).toBe(true);
  });
});
