/**
 * No text from outside makes a regular expression run for long. Each text may take seconds, of which it needs milliseconds;
 * an expression that backtracks without end is interrupted, and its text is shown.
 */
import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkedReturnTo } from '../../src/connections/flow/destinations';
import { requireScopes } from '../../src/connections/provider/scopes';
import { isConnectionsError } from '../../src';
import { describeError, quote } from '../../src/errors';
import { checkedAddress } from '../../src/oauth/addresses';
import { readCallback } from '../../src/oauth/callback';
import { readChallenge } from '../../src/oauth/challenge';
import { Documents } from '../../src/oauth/documents';
import { readResourceMetadata } from '../../src/oauth/resource-metadata';
import { placeAt } from '../../src/oauth/search';
import { readServerMetadata } from '../../src/oauth/server-metadata';
import { readTokenAnswer } from '../../src/oauth/token-answer';
import { originOf } from '../../src/url';
import { pumpedText } from './pumped-texts';
import { runs, sized } from './size';

/** For one text at all readers; those of today need some milliseconds. */
const PATIENCE_MS = 8_000;
const LENGTH = sized(50_000, 200_000);
const nobody: ReadonlySet<string> = new Set();
const raw = { status: 200, contentType: null, retryAfter: null, cacheControl: null, location: null };

const mcp = new URL('https://mcp.example.com/mcp');

const expectedOf = (issuer: string) => ({
  issuer: issuer,
  isNeighbor: false,
  trusted: nobody,
  authorizeUrl: null,
  remedy: () => '',
});

const readers: readonly ((text: string) => unknown)[] = [
  readChallenge,
  (text) => requireScopes('linear', { get: () => text }),
  (text) => checkedReturnTo(text, ['https://app.example.com']),
  originOf,
  readCallback,
  (text) =>
    readCallback(`/callback?${new URLSearchParams({ state: text, error: text, iss: text }).toString()}`),
  (text) => checkedAddress(text, nobody),
  (text) =>
    readServerMetadata(
      { issuer: text, authorization_endpoint: text, token_endpoint: text },
      placeAt(mcp),
      expectedOf(text),
    ),
  (text) => readResourceMetadata({ resource: text }, placeAt(mcp), mcp),
  (text) => readTokenAnswer({ ...raw, body: text }, {}, 0),
  (text) => readTokenAnswer({ ...raw, body: text, contentType: 'application/x-www-form-urlencoded' }, {}, 0),
  (text) => readTokenAnswer({ ...raw, status: 429, body: '', retryAfter: text }, {}, 0),
  (text) => readTokenAnswer({ ...raw, status: 400, body: JSON.stringify({ error: text }) }, {}, 0),
  (text) => {
    const body = JSON.stringify({
      access_token: 'a',
      scope: text,
      expires_in: text,
      token_type: text,
      more: { [text]: text },
    });
    return readTokenAnswer({ ...raw, body }, { capture: ['more'] }, 0);
  },
  (text) => quote(text, text.length),
  (text) => describeError(new Error(text)),
];

/** Interrupts what does not end. */
function bounded(work: () => void): void {
  new Script('work()').runInContext(createContext({ work }), { timeout: PATIENCE_MS });
}

function readBy(reader: (text: string) => unknown, given: string): void {
  try {
    reader(given);
  } catch (error) {
    if (!isConnectionsError(error)) throw error;
  }
}

it('A script with a time limit interrupts an expression that does not end', () => {
  const endless = () => void /^(a+)+$/.test(`${'a'.repeat(50)}b`);
  expect(() => new Script('work()').runInContext(createContext({ work: endless }), { timeout: 20 })).toThrow(
    /timed out/,
  );
});

it('Each reader reads any text in the time that its length takes', () => {
  fc.assert(
    fc.property(pumpedText, ({ of }) => {
      for (const length of [100, 10_000, LENGTH])
        bounded(() => readers.forEach((reader) => readBy(reader, of(length))));
    }),
    { ...runs(4, 250), endOnFailure: true },
  );
});

it('Documents reads any header of a document in the time that its length takes', async () => {
  const documents = new Documents();
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(pumpedText, async ({ of }) => {
      const given = of(LENGTH);
      const headers = new Map([
        ['cache-control', given],
        ['location', given],
      ]);
      const answer = (status: number) => ({
        status,
        body: new Response('{}').body,
        headers: { get: (name: string) => headers.get(name) ?? null },
      });
      const fetch = (async () => answer(asked % 2 === 0 ? 200 : 302)) as unknown as typeof globalThis.fetch;
      const exchange = { fetch: fetch as never, timeoutMs: PATIENCE_MS };
      const address = new URL(`https://a.example/${(asked += 1)}`);
      const found = documents.get(address, {
        exchange,
        guarded: exchange,
        trusted: new Set([address.origin]),
        connectionName: 'linear',
      });
      const kind = await found.then(
        (one) => one.kind,
        (error: unknown) => isConnectionsError(error, 'address_refused') && 'refused',
      );
      expect(['document', 'absent', 'refused']).toContain(kind);
    }),
    { ...runs(3, 100), endOnFailure: true },
  );
});
