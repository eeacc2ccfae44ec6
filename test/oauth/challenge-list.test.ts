import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SchemeChallenge, readChallenges } from '../../src/oauth/challenge';

const shown = (header: string) =>
  readChallenges(header).map(({ scheme, token68, parameters }) => [
    scheme,
    token68 ?? Object.fromEntries(parameters),
  ]);

describe('A list of challenges', () => {
  it.each<[string, string, unknown[]]>([
    [
      'the example of RFC 9110 section 11.6.1',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    ],
    [
      'the example of RFC 6750 section 3',
      'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
      [
        [
          'bearer',
          { realm: 'example', error: 'invalid_token', error_description: 'The access token expired' },
        ],
      ],
    ],
    [
      'the example of RFC 9728 section 5.1',
      'Bearer resource_metadata="https://resource.example.com/.well-known/oauth-protected-resource"',
      [
        [
          'bearer',
          { resource_metadata: 'https://resource.example.com/.well-known/oauth-protected-resource' },
        ],
      ],
    ],
    [
      'the example of RFC 9449 section 7.1',
      'Bearer, DPoP algs="ES256 PS256"',
      [
        ['bearer', {}],
        ['dpop', { algs: 'ES256 PS256' }],
      ],
    ],
    ['empty elements', ', ,Bearer , , scope="a" ,, error=b, ,', [['bearer', { scope: 'a', error: 'b' }]]],
    [
      'token68 between others',
      'Negotiate YII+/-._~a==, Bearer scope=x, NTLM, Basic realm="r"',
      [
        ['negotiate', 'YII+/-._~a=='],
        ['bearer', { scope: 'x' }],
        ['ntlm', {}],
        ['basic', { realm: 'r' }],
      ],
    ],
    ['whitespace around "="', 'Bearer scope \t=\t"a" , error= b', [['bearer', { scope: 'a', error: 'b' }]]],
    ['names in any case', 'BEARER Scope="A", eRRor=B', [['bearer', { scope: 'A', error: 'B' }]]],
    [
      'commas, equals signs and schemes in quotation marks',
      'Basic realm="a, Bearer scope=\\"b\\", c=d", Bearer scope="e=f,g"',
      [
        ['basic', { realm: 'a, Bearer scope="b", c=d' }],
        ['bearer', { scope: 'e=f,g' }],
      ],
    ],
    ['a parameter twice, of which the first counts', 'Bearer scope=a, SCOPE=b', [['bearer', { scope: 'a' }]]],
    [
      'an address without quotation marks',
      'Bearer resource_metadata=https://a.example/?b=c, scope=d',
      [['bearer', { resource_metadata: 'https://a.example/?b=c', scope: 'd' }]],
    ],
  ])('is read with %s', (_what, header, expected) => {
    expect(shown(header)).toEqual(expected);
  });

  it.each<[string, string, unknown[]]>([
    [
      'a quoted string without an end',
      'Bearer scope="a", error="b, Basic realm="c"',
      [['bearer', { scope: 'a', error: 'b, Basic realm=' }]],
    ],
    ['a quoted string that is open at the end', 'Bearer scope="a", error="b', [['bearer', { scope: 'a' }]]],
    [
      'no comma between parameters',
      'Bearer scope="a" error=b\trealm="c"',
      [['bearer', { scope: 'a', error: 'b', realm: 'c' }]],
    ],
    [
      'no comma between challenges',
      'Bearer scope="a" Basic realm="b", DPoP algs="c"',
      [
        ['bearer', { scope: 'a' }],
        ['dpop', { algs: 'c' }],
      ],
    ],
    ['a parameter without a value', 'Bearer error=, scope="a", title=, realm=', [['bearer', { scope: 'a' }]]],
    [
      'text after a value without quotation marks',
      'Digest realm=my realm, Bearer scope=a b, error=c',
      [
        ['digest', { realm: 'my' }],
        ['bearer', { scope: 'a', error: 'c' }],
      ],
    ],
    [
      'quotation marks within quotation marks',
      'Bearer error_description="no "token", or none", scope="a"',
      [['bearer', { error_description: 'no ', scope: 'a' }]],
    ],
    [
      'a broken challenge before others',
      '@ "a, Bearer scope=b", Bearer scope=c, Basic realm="d',
      [
        ['bearer', { scope: 'c' }],
        ['basic', {}],
      ],
    ],
    ['a value that goes on after its end', 'Bearer scope=a, error=b"c"', [['bearer', { scope: 'a' }]]],
    ['a parameter without a scheme', 'scope="a", Bearer error=b', [['bearer', { error: 'b' }]]],
    [
      'a parameter after token68',
      'Negotiate abc, scope="a", Bearer error=b',
      [
        ['negotiate', 'abc'],
        ['bearer', { error: 'b' }],
      ],
    ],
    ['a name that is none', 'Bearer scope=a, @=b, error=c', [['bearer', { scope: 'a', error: 'c' }]]],
  ])('is read but for what is broken, up to the next comma, with %s', (_what, header, expected) => {
    expect(shown(header)).toEqual(expected);
  });

  it('is read up to 8,000 characters, without a value that is cut', () => {
    const long = `Bearer error=a, scope=${'b'.repeat(9_000)}, realm=c`;
    expect(shown(long)).toEqual([['bearer', { error: 'a' }]]);
    expect(shown('x'.repeat(9_000))).toEqual([]);
  });

  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const blank = fc.stringMatching(/^[ \t]{0,3}$/);
  const quotedText = fc.stringMatching(/^[\t !-~\u0080-\u00ff]{0,12}$/);
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  /** A value, and one of the ways to write it. */
  const value = fc.oneof(
    token.map((text) => [text, text]),
    quotedText.map((text) => [text, quoted(text)]),
    quotedText.map((text) => [text, `"${text.replace(/[^\t ]/g, '\\$&')}"`]),
  );
  const comma = fc.array(blank, { minLength: 2, maxLength: 4 }).map((blanks) => blanks.join(','));
  const parameter = fc.tuple(token, fc.tuple(blank, blank), value, comma);
  const token68 = fc.stringMatching(/^[0-9A-Za-z._~+/-]{1,8}={0,2}$/);
  const written = fc
    .tuple(token, fc.oneof(token68, fc.array(parameter, { maxLength: 4 })), comma)
    .map(([scheme, rest, between]): [SchemeChallenge, string] => {
      const isText = typeof rest === 'string';
      const read = new Map<string, string>();
      let text = scheme;
      if (isText) text += ` ${rest}`;
      else {
        for (const [index, [name, [before, after], [said = '', writing = ''], next]] of rest.entries()) {
          text += `${index === 0 ? ' ' : next}${name}${before}=${after}${writing}`;
          if (!read.has(name.toLowerCase())) read.set(name.toLowerCase(), said);
        }
      }
      const challenge = { scheme: scheme.toLowerCase(), token68: isText ? rest : null, parameters: read };
      return [challenge, `${text}${between}`];
    });

  it('that follows the grammar is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 5 }), (all) => {
        const header = all.map(([, text]) => text).join('');
        expect(readChallenges(header)).toEqual(all.map(([challenge]) => challenge));
      }),
      { numRuns: 2_000 },
    );
  });

  it('loses nothing to a fault before, between or after its challenges', () => {
    const fault = fc.string().map((text) => `@${text.replace(/[",]/g, '')}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(fault, written), { maxLength: 3 }), fault, (all, end) => {
        const header = all.map(([broken, [, text]]) => `${broken}, ${text}, `).join('');
        const read = all.map(([, [challenge]]) => challenge);
        expect(readChallenges(`${header}${end}`)).toEqual(read);
        expect(readChallenges(`${header}"${end}`)).toEqual(read);
      }),
      { numRuns: 1_000 },
    );
  });
});
