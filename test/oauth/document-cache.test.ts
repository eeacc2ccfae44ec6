import { describe, expect, it } from 'vitest';
import { DOCUMENT_FIELDS, DocumentCache, documentText } from '../../src/oauth/document-cache';
import type { JsonDocument } from '../../src/oauth/documents';
import { readResourceMetadata } from '../../src/oauth/resource-metadata';
import { placeAt } from '../../src/oauth/search';
import { readServerMetadata } from '../../src/oauth/server-metadata';

const KB = 1024;
const rest = { status: 200, until: Date.UTC(2026, 0, 1), askedAt: 0 };

describe('documentText', () => {
  it('has the fields that are read, and no other', () => {
    const document = JSON.parse(
      '{"issuer":"i","x":1,"__proto__":{"y":1},"scopes_supported":["a"]}',
    ) as JsonDocument;
    expect(documentText(document)).toBe('{"scopes_supported":["a"],"issuer":"i"}');
    expect(documentText(Object.create({ issuer: 'inherited' }) as JsonDocument)).toBe('{}');
  });

  it('has every field that a reader asks for', () => {
    const asked = new Set<unknown>();
    const values: Record<string, unknown> = {
      resource: 'https://a.example',
      authorization_servers: ['https://a.example'],
      issuer: 'https://a.example',
      authorization_endpoint: 'https://a.example/a',
      token_endpoint: 'https://a.example/t',
    };
    const document = new Proxy(values, {
      get: (target, name) => {
        asked.add(name);
        return Reflect.get(target, name) as unknown;
      },
    });
    const place = placeAt(new URL('https://a.example'));
    readResourceMetadata(document, place, place.url);
    readServerMetadata(document, place, {
      issuer: 'https://a.example',
      isNeighbor: false,
      trusted: new Set(),
      authorizeUrl: null,
      remedy: () => '',
    });
    expect([...asked].filter((name) => !DOCUMENT_FIELDS.includes(name as never))).toEqual([]);
  });

  it('is null for fields of more than 64 KB, and for fields that are nested too deeply', () => {
    expect(documentText({ issuer: 'x'.repeat(63 * KB) })).not.toBeNull();
    expect(documentText({ issuer: 'x'.repeat(64 * KB) })).toBeNull();
    expect(documentText({ issuer: 'é'.repeat(33 * KB) })).toBeNull();
    const deep = JSON.parse(`{"issuer":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as JsonDocument;
    expect(documentText(deep)).toBeNull();
  });
});

describe('DocumentCache', () => {
  const text = (bytes: number) => 'x'.repeat(bytes);

  it('gives a document to the connection that put it there, and to no other', () => {
    const cache = new DocumentCache();
    cache.put('a', 'https://x/', { text: '{}', ...rest });
    expect(cache.get('a', 'https://x/')).toMatchObject({ text: '{}', ...rest });
    expect(cache.get('b', 'https://x/')).toBeUndefined();
    cache.put('b', 'https://x/', { text: null, ...rest });
    expect(cache.get('a', 'https://x/')).toMatchObject({ text: '{}' });
  });

  it('keeps 20 documents of a connection, the newest, and all of another', () => {
    const cache = new DocumentCache();
    cache.put('quiet', 'https://q/', { text: '{}', ...rest });
    for (let index = 0; index < 100; index += 1)
      cache.put('loud', `https://x/${index}`, { text: '{}', ...rest });
    const kept = Array.from({ length: 100 }, (_, index) => cache.get('loud', `https://x/${index}`));
    expect(kept.map((one) => one !== undefined)).toEqual(kept.map((_, index) => index >= 80));
    expect(cache.get('quiet', 'https://q/')).toBeDefined();
  });

  it('keeps 64 KB of a connection, and one that was put in again counts once and as new', () => {
    const cache = new DocumentCache();
    cache.put('a', 'https://x/0', { text: text(30 * KB), ...rest });
    cache.put('a', 'https://x/1', { text: text(30 * KB), ...rest });
    cache.put('a', 'https://x/0', { text: text(30 * KB), ...rest });
    expect(cache.bytes).toBeLessThan(61 * KB);
    cache.put('a', 'https://x/2', { text: text(30 * KB), ...rest });
    expect([0, 1, 2].map((index) => cache.get('a', `https://x/${index}`) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(cache.bytes).toBeLessThanOrEqual(64 * KB);
  });

  it('keeps a document that fills its connection’s share', () => {
    const cache = new DocumentCache();
    cache.put('a', 'https://x/0', { text: text(KB), ...rest });
    cache.put('a', 'https://x/1', { text: text(64 * KB), ...rest });
    expect([cache.get('a', 'https://x/0'), cache.get('a', 'https://x/1')?.text?.length]).toEqual([
      undefined,
      64 * KB,
    ]);
  });

  it('keeps 8 MB over all connections, those that were asked for last', () => {
    const cache = new DocumentCache();
    for (let index = 0; index < 300; index += 1) {
      cache.put(`c${index}`, 'https://x/', { text: text(60 * KB), ...rest });
      expect(cache.bytes).toBeLessThanOrEqual(8 * KB * KB);
    }
    expect(cache.get('c0', 'https://x/')).toBeUndefined();
    expect(cache.get('c299', 'https://x/')).toBeDefined();
    expect(cache.bytes).toBeGreaterThan(7.9 * KB * KB);
  });

  it('counts addresses and answers without a document too', () => {
    const cache = new DocumentCache();
    for (let index = 0; index < 50_000; index += 1)
      cache.put(`c${index}`, 'https://x/', { text: null, ...rest });
    expect(cache.bytes).toBeLessThanOrEqual(8 * KB * KB);
    expect(cache.get('c0', 'https://x/')).toBeUndefined();
  });
});
