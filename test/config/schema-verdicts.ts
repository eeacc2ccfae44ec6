/** The verdict of the published schema on a document, held against that of the reader. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { z } from 'zod';
import { docstringsOfDocument } from '../../scripts/docstrings';
import { documentSchema } from '../../src/config/document-schema';
import { VARIABLE_TEXT } from '../../src/config/fields/field';
import { parseConnections } from '../../src/config/parse';
import type { ConfigProblem } from '../../src/config/problems';
import { formatPath } from '../../src/config/problems';
import { broken } from '../setup/broken';
import { entryExamples, environment, oauthExamples } from './declared-fields';
import { brief, entry } from './documents';

export const schema = documentSchema(docstringsOfDocument());
export const accepts = new Ajv2020({ allowUnionTypes: true }).compile(schema);
const zodSchema = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);

const isText = (value: unknown): value is string => typeof value === 'string';
const holdsVariable = (value: unknown) =>
  isText(value) && new RegExp(String(VARIABLE_TEXT.pattern)).test(value);
const isLong = (value: unknown) => isText(value) && Array.from(value).length > 16_000;

/** What a schema cannot say: errors that it does not notice. */
export const beyondSchema: Readonly<Record<string, (problem: ConfigProblem, value: unknown) => boolean>> = {
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

export const exceptionsMet = new Set<string>();

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

export type Mutation = { readonly path: string; readonly value: unknown };
/** What a token endpoint needs beside it. */
export const endpointsBeside = { client_id: 'x', authorize_url: 'https://a.b' };

export const paths = [
  ...Object.keys(entryExamples),
  ...Object.keys(oauthExamples).map((key) => `oauth_config.${key}`),
];

export function examplesAt(path: string): {
  readonly right: readonly unknown[];
  readonly wrong: readonly unknown[];
} {
  const key = path.replace('oauth_config.', '');
  return key === path
    ? entryExamples[key as keyof typeof entryExamples]
    : oauthExamples[key as keyof typeof oauthExamples];
}

export function mutated(fields: Record<string, unknown>, { path, value }: Mutation): Record<string, unknown> {
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

export function documentOf(name: string, fields: unknown, more: object = {}) {
  return asJson({
    mcpServers: Object.defineProperty({ ...more }, name, { value: fields, enumerable: true }),
  });
}

/**
 * Holds the reader's verdict against the schema's, as two validators read it: a schema that accepts leaves
 * nothing but what is beyond it, and one that refuses is never alone. Where `anyOf` stands beside
 * `additionalProperties`, zod overlooks unknown fields, and a field named `__proto__` everywhere.
 */
export function expectOneVerdict(document: unknown): boolean {
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

/** Documents that a schema may easily read in another way than the reader. */
export const oddDocuments: readonly unknown[] = [
  {},
  { mcpServers: {} },
  { $schema: 5, 'x-a': 1, '// b': 2, mcpServers: {} },
  { mcpServers: null },
  { mcpServers: [] },
  { mcpserver: {} },
  { mcpServers: {}, nonsense: 1 },
  [],
  null,
  'x',
  { mcpServers: { a: null } },
  { mcpServers: { a: [] } },
  { mcpServers: { a: { command: 'npx', nonsense: 1, url: 5 } } },
  { mcpServers: { a: { type: 'stdio', oauth_config: 5 } } },
  { mcpServers: { a: { transport: 'stdio' } } },
  { mcpServers: { a: { url: 'https://a.b', oauth_config: {} } } },
  { mcpServers: { a: { url: 'https://a.b', oauth_config: 5 } } },
  { mcpServers: { a: { url: 'https://a.b', auth_type: null, oauth_config: { pkce: 'x' } } } },
  { mcpServers: { a: { url: 'https://a.b', auth_type: 'none', oauth_config: {} } } },
  { mcpServers: { a: entry({ oauth_config: { client_secret: 'x', client_secret_env: 'X' } }) } },
  { mcpServers: { a: entry({ oauth_config: { client_secret: 'x', client_secret_env: null } }) } },
  { mcpServers: { a: entry({ oauth_config: { client_secret: '${EMPTY}', client_secret_env: 'X' } }) } },
  { mcpServers: { a: entry({ oauth_config: { client_secret: '${GOOD}', client_secret_env: 'X' } }) } },
  {
    mcpServers: { a: entry({ oauth_config: { client_secret_file: '${GOOD}', client_secret_env: 'X' } }) },
  },
  { mcpServers: { a: entry({ oauth_config: { client_secret: '', client_secret_env: 'X' } }) } },
  { mcpServers: { a: entry({ oauth_config: { token_url: 'https://a.b' } }) } },
  { mcpServers: { a: entry({ oauth_config: { token_url: 'https://a.b', client_id: 'x' } }) } },
  { mcpServers: { a: entry({ oauth_config: { token_url: null, client_id: 'x' } }) } },
  { mcpServers: { a: entry({ oauth_config: { authorize_url: 'https://a.b' } }) } },
  { mcpServers: { a: entry({ disabled: true }) } },
  { mcpServers: { a: entry({ disabled: false }) } },
  { mcpServers: { a: entry({ oauth_config: { token_endpoint: 'https://a.b' } }) } },
  { mcpServers: { a: entry({ disabled: false, enabled: true }) } },
  { mcpServers: { a: entry({ disabled: 'false' }) } },
  { mcpServers: { a: entry({ _comment: 1, oauth_config: { $comment: 1 } }) }, $comment: [] },
  { mcpServers: {}, disabledMcpServers: ['a'] },
];
