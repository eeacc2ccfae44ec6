/** The published schema says of a document what the reader says, and accepts what the documents show. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { entry } from './documents';
import {
  accepts,
  documentOf,
  examplesAt,
  expectOneVerdict,
  mutated,
  oddDocuments,
  paths,
  schema,
} from './schema-verdicts';

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

  it.each(oddDocuments.map((document) => [document]))('agree on %j', (document) => {
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
