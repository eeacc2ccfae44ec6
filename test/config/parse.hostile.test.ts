import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { document, entry } from './documents';

/** A text of so many entries, written without building them first. */
function textOf(count: number, fields: (index: number) => string): string {
  return `{"mcpServers":{${Array.from({ length: count }, (_, index) => `"n${index}":{${fields(index)}}`).join(',')}}}`;
}

/** What every object has; a polluted prototype has more. */
function prototypeKeys(): string[] {
  return Object.getOwnPropertyNames(Object.prototype).toSorted();
}

const cleanPrototypeKeys = prototypeKeys();

describe('hostile declarations', () => {
  it('named __proto__, in text or in a value, are rejected and change no prototype', () => {
    const text =
      '{"mcpServers": {"__proto__": {"url": "https://a.b", "polluted": 1}, "ok": {"url": "https://a.b"}}}';
    for (const raw of [text, JSON.parse(text) as unknown]) {
      const parsed = parseConnections(broken(raw));
      expect([...parsed.rejected]).toEqual(['__proto__']);
      expect([...parsed.connections.keys()]).toEqual(['ok']);
      expect(Object.getPrototypeOf(parsed.connections.get('ok'))).toBe(Object.prototype);
      expect(prototypeKeys()).toEqual(cleanPrototypeKeys);
    }
  });

  it('with __proto__ in every place are answered and change no prototype', () => {
    const inner = '"__proto__": {"url": "https://evil.example.com", "polluted": 1}';
    const parsed = parseConnections(
      `{${inner}, "mcpServers": {"a": {${inner}, "auth_type": "oauth2", "oauth_config": {${inner}}}}}`,
    );
    expect(prototypeKeys()).toEqual(cleanPrototypeKeys);
    expect([...parsed.rejected]).toEqual(['a']);
    expect(parsed.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'unknown_field __proto__',
      'unknown_field mcpServers.a.__proto__',
      'missing_field mcpServers.a.url',
      'unknown_field mcpServers.a.oauth_config.__proto__',
    ]);
  });

  it('named like what every object has are connections like any other', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const parsed = parseConnections(document(Object.fromEntries(names.map((name) => [name, entry()]))));
    expect([...parsed.connections.keys()]).toEqual(names);
  });

  it('of 100,000 entries are read', { tags: ['long'] }, () => {
    const fields = (index: number) => `"url":"https://example.com/${index}","auth_type":"oauth2"`;
    const parsed = parseConnections(textOf(100_000, fields));
    expect([parsed.connections.size, parsed.rejected.size, parsed.problems.length]).toEqual([100_000, 0, 0]);
  });

  it('of 50 MB in one text reject its entry alone', () => {
    const text = textOf(
      2,
      (index) => `"url":"https://a.b","description":"${'x'.repeat(index * 50_000_000)}"`,
    );
    const parsed = parseConnections(text);
    expect([...parsed.connections.keys()]).toEqual(['n0']);
    expect(parsed.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'too_large mcpServers.n1.description',
    ]);
  });

  it('with a name of millions of characters reject it and quote little of it', () => {
    const parsed = parseConnections(document({ ['n'.repeat(5_000_000)]: entry() }));
    expect(parsed.rejected.size).toBe(1);
    expect(parsed.problems[0]?.message).toBe(
      'found a name of 5000000 characters; a name has 1 to 255 characters',
    );
    expect(parsed.problems[0]?.path.length).toBeLessThan(120);
  });

  it('nested deeper than any stack are refused, in one entry or in all', () => {
    expect(parseConnections('{"mcpServers":'.repeat(200_000))).toMatchObject({ readable: false });
    const inEntry = `"url":"https://a.b","extra_config":${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    const parsed = parseConnections(textOf(2, (index) => (index === 0 ? inEntry : '"url":"https://a.b"')));
    expect([...parsed.connections.keys()]).toEqual(['n1']);
    expect(parsed.problems.map(({ code }) => code)).toEqual(['too_large']);
  });

  it('that hold themselves are refused', () => {
    const circle: Record<string, unknown> = entry();
    circle['extra_config'] = circle;
    circle['oauth_config'] = circle;
    const parsed = parseConnections(document({ circle, ok: entry() }));
    expect([...parsed.rejected]).toEqual(['circle']);
  });

  it('with variables that are too long together cost their own entry alone', () => {
    const environment = { BIG: 'x'.repeat(1_000_000) };
    const servers = { a: entry({ description: '${BIG}'.repeat(2_000) }), b: entry() };
    const parsed = parseConnections(document(servers), { environment });
    expect(parsed.problems.map(({ code, path }) => [code, path])).toEqual([
      ['too_large', 'mcpServers.a.description'],
    ]);
    expect([...parsed.rejected]).toEqual(['a']);
    expect([...parsed.connections.keys()]).toEqual(['b']);
  });

  it('with a list in the place of a word that other programs have cost their own entry alone', () => {
    const parsed = parseConnections(
      '{"mcpServers":{"a":{"url":"https://a.b","auth":[{"toString":1}]},"b":{"url":"https://a.b"}}}',
    );
    expect([...parsed.rejected]).toEqual(['a']);
    expect(parsed.problems.map(({ path }) => path)).toContain('mcpServers.a.auth');
    expect([...parsed.connections.keys(), ...parsed.skipped.map(({ name }) => name)]).toEqual(['b']);
  });

  it('with long lists and wide objects everywhere are answered', { tags: ['long'] }, () => {
    const list = Array.from({ length: 50_000 }, () => 5);
    const wide = Object.fromEntries(list.map((_, index) => [`k${index}`, 'v']));
    const servers = {
      a: entry({ ...wide, oauth_config: { ...wide, scopes: list, capture: list, token_params: wide } }),
      b: entry({ extra_config: wide }),
      c: entry({ extra_config: { list } }),
      d: list,
    };
    const parsed = parseConnections(broken({ ...wide, mcpServers: servers }));
    expect([...parsed.rejected]).toEqual(['a', 'b', 'c', 'd']);
    expect(parsed.problems.length).toBeLessThan(100);
  });
});
