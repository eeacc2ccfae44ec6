import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import type { StoredRow } from '../../src/sync/row';
import { declaredRow } from '../../src/sync/row';
import { rowDefinition } from '../../src/sync/row-definition';
import { entryExamples, environment } from '../config/declared-fields';
import { declaration, entry, storedRow } from '../setup/declarations';

const row = storedRow(
  'linear',
  entry({
    oauth_config: {
      client_id: 'c',
      client_secret_env: 'SECRET',
      authorize_url: 'https://auth.test/a',
      token_url: 'https://auth.test/t',
      authorize_params: { prompt: 'consent' },
    },
  }),
);
const columns = Object.keys(row).filter(
  (column) => !['id', 'name', 'managedBy', 'removedAt'].includes(column),
);
const field = fc.constantFrom(
  'authorize_params',
  'token_endpoint_auth_method',
  'client_secret_env',
  'client_secret_arn',
  'token_url',
  'client_id',
  'scopes',
  'grant_ended_errors',
  'capture',
  'resource',
  'refresh_margin',
  '__proto__',
  'constructor',
  'toString',
);
/** What a program that writes the table may put into a column; SQLite keeps any type in any column. */
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('${HOME}', 'https://x.test', '', 'oauth2', 'stdio', '__proto__', '\ud800', 'a\0b'),
  fc.json(),
  fc
    .array(fc.tuple(field, fc.jsonValue()))
    .map((entries) => `{${entries.map(([key, given]) => `"${key}":${JSON.stringify(given)}`).join(',')}}`),
  fc.constantFrom(null, undefined, 7, true, Buffer.from('x'), new Date(0)),
);
const name = fc.oneof(fc.constantFrom('linear', '__proto__', ''), fc.string({ unit: 'binary' }));

/** What becomes of a declaration that is written to a row and read again; `no effect` where it declares nothing more. */
function readBack(declared: JsonObject): 'same' | 'changed' | 'no effect' {
  const { connections } = parseConnections(declaration({ plain: entry(), other: entry(declared) }), {
    environment,
  });
  const [plain, other] = [connections.get('plain'), connections.get('other')];
  if (!plain || !other || isDeepStrictEqual({ ...plain, name: 'other' }, other)) return 'no effect';
  const read = rowDefinition({ ...row, ...declaredRow(other), enabled: other.enabled ?? true });
  return isDeepStrictEqual({ ...read, enabled: other.enabled }, other) ? 'same' : 'changed';
}

describe('rowDefinition', () => {
  it(
    'gives a definition of which a sync would make the row, or connection_rejected: nothing else is thrown',
    { tags: ['long'] },
    () => {
      fc.assert(
        fc.property(name, fc.dictionary(fc.constantFrom(...columns), value), (named, changes) => {
          const edited = { ...row, name: named, ...changes } as StoredRow;
          let definition;
          try {
            definition = rowDefinition(edited);
          } catch (error) {
            expect(error).toMatchObject({ code: 'connection_rejected' });
            return;
          }
          const again = { ...edited, ...declaredRow(definition), enabled: edited.enabled };
          expect(rowDefinition(again)).toEqual(definition);
          expect(Object.getPrototypeOf(definition.extraConfig)).toBe(Object.prototype);
          expect(JSON.stringify(definition)).not.toContain('"__proto__":');
        }),
        { numRuns: 3000 },
      );
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );

  it('reads every field of an entry back from the row that a sync makes of it', () => {
    const fates = Object.entries(entryExamples).map(
      ([declared, { right }]) =>
        [declared, new Set(right.map((given) => readBack({ [declared]: given as JsonValue })))] as const,
    );
    expect(fates.filter(([, fate]) => fate.has('changed'))).toEqual([]);
    expect(fates.filter(([, fate]) => fate.has('same')).length).toBeGreaterThan(7);
  });

  it('reads the row of another version, and leaves out what it does not know', () => {
    const later = { ...row, oauthOptions: '{"invented_later":{"a":1},"pkce":"off"}' };
    expect(rowDefinition(later).oauth?.options).toEqual({ pkce: 'off' });
  });

  it('reads a row that another program left', () => {
    const adopted = { ...row, displayName: '', description: null, extraConfig: '{ "cloud_id": "1" }' };
    expect(rowDefinition(adopted)).toMatchObject({
      displayName: 'Linear',
      description: '',
      extraConfig: { cloud_id: '1' },
    });
  });
});
