import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineConnections } from '../../src/config/document';
import type {
  ConnectionDeclaration,
  ConnectionsDocument,
  OAuthDeclaration,
  ProgramDeclaration,
} from '../../src/config/document';
import type { entryFields, oauthFields } from '../../src/config/document-fields';
import type { ConnectionsConfig } from '../../src/config/load';
import { parseConnections } from '../../src/config/parse';

/** The keys of a type without those that are free for the host. */
type Known<T> = keyof {
  [K in keyof T as K extends `x-${string}` | `//${string}` | `${'_' | '$'}comment${string}` ? never : K]: 0;
};

describe('the types of a document', () => {
  it('have the fields that are read, and no others', () => {
    expectTypeOf<Known<OAuthDeclaration>>().toEqualTypeOf<keyof typeof oauthFields>();
    expectTypeOf<Known<ConnectionDeclaration> | Known<ProgramDeclaration>>().toEqualTypeOf<
      keyof typeof entryFields
    >();
  });

  it('allow variables in fields of a few words, numbers and switches, and free fields', () => {
    const document = defineConnections({
      $schema: './node_modules/mcp-connections/dist/schema.json',
      'x-note': 1,
      mcpServers: {
        github: {
          url: '${URL:-https://a.b}',
          type: '${TYPE:-http}',
          enabled: '${ENABLED:-true}',
          '// why': 'a comment',
          _comment: 'another',
          timeout: { connect: 5 },
          allowed_tools: '*',
          oauth_config: { pkce: '${PKCE:-off}', refresh_margin: '${MARGIN:-5}', 'x-own': {} },
        },
        program: { command: 'npx', args: ['x'], env: { A: 'b' }, cwd: '/' },
      },
    });
    const parsed = parseConnections(document);
    expect(parsed.problems).toEqual([]);
    expect(parsed.connections.get('github')).toMatchObject({
      transport: 'streamable-http',
      enabled: true,
      oauth: { options: { pkce: 'off', refresh_margin: 5 } },
    });
    expect(parsed.skipped.map(({ name }) => name)).toEqual(['program']);
  });

  it('do not compile with a mistake', () => {
    const url = 'https://a.b';
    // @ts-expect-error: a misspelt field of an entry
    const entryField = defineConnections({ mcpServers: { a: { url, oauth_confg: {} } } });
    // @ts-expect-error: a misspelt field of oauth_config
    const oauthField = defineConnections({ mcpServers: { a: { url, oauth_config: { clientId: 'x' } } } });
    // @ts-expect-error: a word that is not allowed
    const word = defineConnections({ mcpServers: { a: { url, oauth_config: { pkce: 'plain' } } } });
    // @ts-expect-error: no url
    const noUrl = defineConnections({ mcpServers: { a: { auth_type: 'none' } } });
    // @ts-expect-error: a misspelt root
    const root = defineConnections({ mcpServer: {} });
    // @ts-expect-error: an unknown field beside the root
    const beside = defineConnections({ mcpServers: {}, servers: {} });
    // @ts-expect-error: neither a document nor a place
    const place: ConnectionsConfig = { files: 'connections.json' };
    const wrong: unknown[] = [entryField, oauthField, word, noUrl, root, beside, place];
    expect(wrong.length).toBe(7);
  });
});

describe('defineConnections', () => {
  it('gives the document back, and the compiler its names', () => {
    const written = { mcpServers: { github: { url: 'https://a.b' }, slack: { url: 'https://a.c' } } };
    const document = defineConnections(written);
    expect(document).toBe(written);
    expectTypeOf(document).toEqualTypeOf<ConnectionsDocument<'github' | 'slack'>>();
    expectTypeOf(document).toExtend<ConnectionsConfig<'github' | 'slack'>>();
    const literal = defineConnections({ mcpServers: { github: { url: 'https://a.b' } } });
    expectTypeOf(literal).toEqualTypeOf<ConnectionsDocument<'github'>>();
  });
});
