import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { docstringsOfDocument } from '../../scripts/docstrings';
import type { ConfigProblem } from '../../src/config/problems';
import { formatPath } from '../../src/config/problems';
import { documentSchema } from '../../src/config/document-schema';
import { VARIABLE_TEXT } from '../../src/config/fields/field';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { entryExamples, environment, oauthExamples } from './declared-fields';
import { brief, entry } from './documents';

const schema = documentSchema(docstringsOfDocument());
const accepts = new Ajv2020({ allowUnionTypes: true }).compile(schema);
const zodSchema = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);

const isText = (value: unknown): value is string => typeof value === 'string';
const holdsVariable = (value: unknown) =>
  isText(value) && new RegExp(String(VARIABLE_TEXT.pattern)).test(value);
const isLong = (value: unknown) => isText(value) && Array.from(value).length > 16_000;

/** What a schema cannot say: errors that it does not notice. */
const beyondSchema: Readonly<Record<string, (problem: ConfigProblem, value: unknown) => boolean>> = {
  'a variable without a value': ({ code }) => code === 'missing_variable',
  'what a field is once its variables are put in': ({ path }, value) =>
    holdsVariable(value) && !/[._]env$/.test(path),
  'names that differ only by case': ({ code }) => code === 'duplicate_name',
  'a field named __proto__': ({ code, message }) =>
    code !== 'invalid_name' && message.includes('"__proto__"'),
  'text that no table can hold': ({ message }) => /NUL character|lone surrogate/.test(message),
  'a secret, or what is named like one': ({ code }) => code === 'secret_in_table_field',
  'type and transport that disagree': ({ message }) => message.includes('the two must agree'),
  'a size in bytes, the characters of a list together, UTF-16 units': ({ code, message }, value) =>
    code === 'too_large' && !isLong(value) && !message.includes('at most 20 are allowed'),
  'a name of more UTF-16 units than characters': ({ message, connection }) =>
    message.startsWith('found a name of') && Array.from(connection ?? '').length <= 255,
  'a host or port that is malformed, a control character': ({ code, message }, value) =>
    code === 'invalid_url' &&
    !message.includes('only the origin') &&
    isText(value) &&
    /^https?:\/\/[^\s\\]+$/i.test(value) &&
    !value.includes('#'),
  'an origin twice': ({ message }) => message.includes('the same origin twice'),
  'a header twice by case': ({ message }) => message.includes('differs only by case'),
  'a placeholder of another program': ({ message }) => message.includes('placeholder of another program'),
  'two client secrets, one of which may be an empty variable': ({ message }, value) =>
    message.includes('at most one of them is allowed') && holdsVariable(Object(value).client_secret),
  'an ARN with a control character': (_, value) => isText(value) && /^arn:\S*\p{Cc}\S*$/u.test(value),
  'the bounds of a number in a text': ({ message }, value) =>
    message.includes('allowed is a whole number') && isText(value) && /^\d{1,15}$/.test(value),
};

/** Errors, and warnings that something is ignored: a schema knows no warnings. */
const counts = ({ severity, code, message }: ConfigProblem) =>
  severity === 'error' || code === 'unknown_field' || message.includes('it is ignored unless');

/** The first value whose path is written like this. */
function valueAt(path: string, value: unknown, keys: readonly (string | number)[] = []): unknown {
  const own = formatPath(keys);
  if (own === path) return value;
  if (typeof value !== 'object' || value === null || !path.startsWith(own)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = valueAt(path, inner, [...keys, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

const exceptionsMet = new Set<string>();

/** What the reader has against a document, and of that what the schema should have, too. */
function objections(document: unknown): {
  readonly all: readonly string[];
  readonly shared: readonly string[];
} {
  const problems = parseConnections(broken(document), { environment }).problems.filter(counts);
  const isBeyond = (problem: ConfigProblem) => {
    const value = valueAt(problem.path, document);
    const met = Object.keys(beyondSchema).filter((name) => beyondSchema[name]?.(problem, value));
    for (const name of met) exceptionsMet.add(name);
    return met.length > 0;
  };
  return { all: brief(problems), shared: brief(problems.filter((problem) => !isBeyond(problem))) };
}

const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

type Examples = typeof entryExamples | typeof oauthExamples;
type Mutation = { readonly path: string; readonly value: unknown };

const fieldsOf = (examples: Examples): fc.Arbitrary<Record<string, unknown>> => {
  const fields = Object.entries(examples).map(([key, { right }]) => [key, fc.constantFrom(...right, null)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] });
};
/** What a token endpoint needs beside it. */
const endpointsBeside = { client_id: 'x', authorize_url: 'https://a.b' };
/** One of the secrets at most, so that a document is rarely refused for two. */
const oauthConfigs = fc
  .tuple(fieldsOf(oauthExamples), fc.constantFrom('', '_env', '_file', '_arn'))
  .map(([fields, kept]) => {
    const others = Object.entries(fields).filter(
      ([key]) => !key.startsWith('client_secret') || key === `client_secret${kept}`,
    );
    return Object.fromEntries([...Object.entries(fields['token_url'] ? endpointsBeside : {}), ...others]);
  });
const someEntries = fc
  .record({
    fields: fieldsOf(entryExamples),
    oauth_config: fc.option(oauthConfigs, { freq: 4 }),
    isProgram: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  })
  .map(({ fields: { command, ...fields }, oauth_config, isProgram }) =>
    entry({
      ...fields,
      url: fields['url'] ?? 'https://a.b',
      ...(oauth_config === null ? { oauth_config } : { oauth_config, auth_type: 'oauth2' }),
      ...(isProgram ? { command } : {}),
    }),
  );
const paths = [
  ...Object.keys(entryExamples),
  ...Object.keys(oauthExamples).map((key) => `oauth_config.${key}`),
];
/** A field that gets a value which is wrong for it, or any value at all; or an unknown field. */
const mutations = fc.oneof(
  fc.constantFrom(...paths).chain((path) => {
    const wrong = examplesAt(path).wrong;
    const values = fc.oneof(...(wrong.length === 0 ? [] : [fc.constantFrom(...wrong)]), fc.jsonValue());
    return values.map((value): Mutation => ({ path, value }));
  }),
  fc.constantFrom<Mutation>(
    { path: 'nonsense', value: 1 },
    { path: 'x-note', value: 1 },
    { path: 'oauth_config.// note', value: 1 },
    { path: 'oauth_config.Client_id', value: 'x' },
    { path: 'oauth_config.client_id', value: '${env:CLIENT}' },
    { path: 'type', value: 'stdio' },
    { path: 'transport', value: 'stdio' },
  ),
);
const names = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b c', 'é') },
  fc.constantFrom('', ' a', 'a\u2003', 'x\ty', '__proto__', 'n'.repeat(256), '😀'.repeat(200)),
);

function examplesAt(path: string): {
  readonly right: readonly unknown[];
  readonly wrong: readonly unknown[];
} {
  const key = path.replace('oauth_config.', '');
  return key === path
    ? entryExamples[key as keyof typeof entryExamples]
    : oauthExamples[key as keyof typeof oauthExamples];
}

function mutated(fields: Record<string, unknown>, { path, value }: Mutation): Record<string, unknown> {
  const key = path.replace('oauth_config.', '');
  if (key === path) return { ...fields, [key]: value };
  return {
    ...fields,
    auth_type: 'oauth2',
    oauth_config: {
      ...(key === 'token_url' ? endpointsBeside : {}),
      ...Object(fields['oauth_config']),
      [key]: value,
    },
  };
}

function documentOf(name: string, fields: unknown, more: object = {}) {
  return asJson({
    mcpServers: Object.defineProperty({ ...more }, name, { value: fields, enumerable: true }),
  });
}

/**
 * Holds the reader's verdict against the schema's, as two validators read it: a schema that accepts leaves
 * nothing but what is beyond it, and one that refuses is never alone. Where `anyOf` stands beside
 * `additionalProperties`, zod overlooks unknown fields, and a field named `__proto__` everywhere.
 */
function expectOneVerdict(document: unknown): boolean {
  const accepted = accepts(document);
  const { all, shared } = objections(document);
  const text = JSON.stringify(document);
  const byZod = text.includes('"__proto__"') ? accepted : zodSchema.safeParse(document).success;
  const zodAgrees = byZod ? shared.every((problem) => problem.includes(' unknown_field ')) : !accepted;
  if (!(accepted ? shared.length === 0 : all.length > 0) || !zodAgrees) {
    const verdicts = { all, shared, accepted, byZod };
    expect.fail(
      JSON.stringify({ document: text.slice(0, 1_000), ...verdicts, errors: accepts.errors }, null, 1).slice(
        0,
        4_000,
      ),
    );
  }
  return accepted;
}

describe('the schema and the reader', () => {
  it.each(paths)('agree on each value of %s alone, and come to both verdicts', (path) => {
    const verdicts = { accepted: 0, refused: 0 };
    const { right, wrong } = examplesAt(path);
    for (const value of [...right, ...wrong, null]) {
      const base = path === 'command' ? { command: null } : {};
      const document = documentOf('demo', mutated(entry(base), { path, value }));
      verdicts[expectOneVerdict(document) ? 'accepted' : 'refused'] += 1;
    }
    expect(verdicts.accepted).toBe(right.length + (path === 'url' ? 0 : 1));
    expect(verdicts.refused).toBe(wrong.length + (path === 'url' ? 1 : 0));
  });

  it('agree on documents of many fields, some of them wrong', { tags: ['long'] }, () => {
    const seen = new Map<string, { accepted: number; refused: number }>();
    fc.assert(
      fc.property(names, someEntries, fc.array(mutations, { maxLength: 2 }), (name, fields, changes) => {
        const changed = changes.reduce(mutated, fields);
        const document = documentOf(name, changed, { A: entry() });
        const verdict = expectOneVerdict(document) ? 'accepted' : 'refused';
        const nested = Object.keys(Object(changed['oauth_config'])).map((key) => `oauth_config.${key}`);
        for (const path of [...Object.keys(changed), ...nested]) {
          const count = seen.get(path) ?? { accepted: 0, refused: 0 };
          count[verdict] += 1;
          seen.set(path, count);
        }
      }),
      { numRuns: 500 },
    );
    expectOneVerdict({ mcpServers: { a: entry({ type: 'http', transport: 'sse' }) } });
    const client_secret = '${GOOD}';
    expectOneVerdict({
      mcpServers: { a: entry({ oauth_config: { client_secret, client_secret_env: 'X' } }) },
    });
    const lacking = paths.filter((path) => !seen.get(path)?.accepted || !seen.get(path)?.refused);
    expect(lacking).toEqual([]);
    expect(Object.keys(beyondSchema).filter((name) => !exceptionsMet.has(name))).toEqual([]);
  });

  it('agree on each name of a header, with OAuth and without, and come to both verdicts', () => {
    const known =
      'Authorization Connection Keep-Alive TE Trailer Transfer-Encoding Upgrade Expect Host Content-Length Content-Type ' +
      'Content-Encoding Content-Range Cookie Cookie2 Proxy-Authorization Proxy-Connection';
    const near = fc
      .tuple(
        fc.constantFrom('', 'x-', ' '),
        fc.constantFrom(...known.split(' ')),
        fc.constantFrom('', '2', '\n'),
      )
      .map((parts) => parts.join(''));
    const odd = fc.constantFrom(
      '',
      '__proto__',
      'constructor',
      'é',
      '\u212aey',
      'x'.repeat(255),
      'x'.repeat(256),
    );
    const someNames = fc.oneof(
      fc.mixedCase(near),
      odd,
      fc.string({ maxLength: 5 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const verdicts: Record<string, { accepted: number; refused: number }> = {};
    fc.assert(
      fc.property(someNames, fc.constantFrom('oauth2', 'static', 'none'), (name, auth_type) => {
        const headers = Object.fromEntries([[name, { env: 'KEY' }]]);
        const isAccepted = expectOneVerdict(documentOf('demo', { ...entry({ headers }), auth_type }));
        const count = (verdicts[auth_type] ??= { accepted: 0, refused: 0 });
        count[isAccepted ? 'accepted' : 'refused'] += 1;
      }),
      { numRuns: 1_000 },
    );
    for (const auth_type of ['static', 'none']) expect(verdicts[auth_type]).toMatchObject({ refused: 0 });
    expect(verdicts['oauth2']?.accepted).toBeGreaterThan(0);
    expect(verdicts['oauth2']?.refused).toBeGreaterThan(0);
  });

  it.each<[unknown]>([
    [{}],
    [{ mcpServers: {} }],
    [{ $schema: 5, 'x-a': 1, '// b': 2, mcpServers: {} }],
    [{ mcpServers: null }],
    [{ mcpServers: [] }],
    [{ mcpserver: {} }],
    [{ mcpServers: {}, nonsense: 1 }],
    [[]],
    [null],
    ['x'],
    [{ mcpServers: { a: null } }],
    [{ mcpServers: { a: [] } }],
    [{ mcpServers: { a: { command: 'npx', nonsense: 1, url: 5 } } }],
    [{ mcpServers: { a: { type: 'stdio', oauth_config: 5 } } }],
    [{ mcpServers: { a: { transport: 'stdio' } } }],
    [{ mcpServers: { a: { url: 'https://a.b', oauth_config: {} } } }],
    [{ mcpServers: { a: { url: 'https://a.b', oauth_config: 5 } } }],
    [{ mcpServers: { a: { url: 'https://a.b', auth_type: null, oauth_config: { pkce: 'x' } } } }],
    [{ mcpServers: { a: { url: 'https://a.b', auth_type: 'none', oauth_config: {} } } }],
    [{ mcpServers: { a: entry({ oauth_config: { client_secret: 'x', client_secret_env: 'X' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { client_secret: 'x', client_secret_env: null } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { client_secret: '${EMPTY}', client_secret_env: 'X' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { client_secret: '${GOOD}', client_secret_env: 'X' } }) } }],
    [
      {
        mcpServers: { a: entry({ oauth_config: { client_secret_file: '${GOOD}', client_secret_env: 'X' } }) },
      },
    ],
    [{ mcpServers: { a: entry({ oauth_config: { client_secret: '', client_secret_env: 'X' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { token_url: 'https://a.b' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { token_url: 'https://a.b', client_id: 'x' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { token_url: null, client_id: 'x' } }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { authorize_url: 'https://a.b' } }) } }],
    [{ mcpServers: { a: entry({ disabled: true }) } }],
    [{ mcpServers: { a: entry({ disabled: false }) } }],
    [{ mcpServers: { a: entry({ oauth_config: { token_endpoint: 'https://a.b' } }) } }],
    [{ mcpServers: { a: entry({ disabled: false, enabled: true }) } }],
    [{ mcpServers: { a: entry({ disabled: 'false' }) } }],
    [{ mcpServers: { a: entry({ _comment: 1, oauth_config: { $comment: 1 } }) }, $comment: [] }],
    [{ mcpServers: {}, disabledMcpServers: ['a'] }],
  ])('agree on %j', (document) => {
    expectOneVerdict(document);
  });
});

describe('the schema', () => {
  const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
  const blocks = Array.from(
    read('docs/providers.md').matchAll(/^```json\n(.*?)^```/gms),
    ([, text = '']) => text,
  );

  it.each([read('examples/connections.json'), ...blocks])('accepts what the documents show: %#', (text) => {
    accepts(parseJsonc(text));
    expect(accepts.errors).toBeNull();
  });

  it('was held against every entry for a provider', () => {
    expect(blocks.length).toBe(read('docs/providers.md').match(/^## /gm)?.length);
  });

  it('describes each field in one sentence', () => {
    const described = Object.values(schema.$defs ?? {}).flatMap(({ properties = {} }) =>
      Object.entries(properties),
    );
    const wrong = described.filter(([, { description = '' }]) => !/^[A-Z"].*\.$/.test(description));
    expect(described.length).toBeGreaterThan(paths.length);
    expect(wrong.map(([field]) => field)).toEqual(['command']);
  });

  it('lets a variable stand for each value that is text, a word, a number, a switch or an address', () => {
    const unfit = ['url', ...paths].filter((path) => {
      const document = documentOf('demo', mutated(entry(), { path, value: 'a ${X} b' }));
      return !accepts(document);
    });
    const objects = [
      'api_origins',
      'headers',
      'extra_config',
      'oauth_config',
      'authorize_params',
      'token_params',
      'refresh_params',
      'grant_ended_errors',
      'capture',
    ];
    const expected = [...objects, 'client_secret_env'].toSorted();
    expect(unfit.map((path) => path.replace('oauth_config.', '')).toSorted()).toEqual(expected);
  });
});
