/** The published schema says of any document what the reader says. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryExamples, oauthExamples } from './declared-fields';
import { entry } from './documents';
import type { Mutation } from './schema-verdicts';
import {
  beyondSchema,
  documentOf,
  endpointsBeside,
  examplesAt,
  exceptionsMet,
  expectOneVerdict,
  oddDocuments,
  mutated,
  paths,
} from './schema-verdicts';

type Examples = typeof entryExamples | typeof oauthExamples;

const fieldsOf = (examples: Examples): fc.Arbitrary<Record<string, unknown>> => {
  const fields = Object.entries(examples).map(([key, { right }]) => [key, fc.constantFrom(...right, null)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] });
};
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

describe('the schema and the reader', () => {
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
    // Chance may leave out an exception, and these meet each.
    for (const document of oddDocuments) expectOneVerdict(document);
    for (const path of paths) {
      const { right, wrong } = examplesAt(path);
      for (const value of [...right, ...wrong])
        expectOneVerdict(documentOf('demo', mutated(entry(), { path, value })));
    }
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
});
