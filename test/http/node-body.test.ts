/** Bodies that a parser has read before the handler, and bodies that the handler leaves alone. */
import { buffer, text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { toNodeHandler } from '../../src/http/node';
import { listening } from './listening';

/** What the handler is given of a body that a parser has made something of. */
async function rebuilt(
  parse: (req: IncomingMessage) => unknown,
  init: { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array<ArrayBuffer> },
) {
  const handler = toNodeHandler(async (request) =>
    Response.json({
      text: await request.text(),
      type: request.headers.get('content-type'),
      length: request.headers.get('content-length'),
      coding: request.headers.get('content-encoding'),
    }),
  );
  const port = await listening(async (req, res) => {
    await buffer(req);
    await handler(Object.assign(req, { body: parse(req) }), res);
  });
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x', ...init });
  return (await response.json()) as Readonly<Record<'text' | 'type' | 'length' | 'coding', string | null>>;
}

describe('a parsed body', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'application/problem+json'])(
    'is JSON again where its type is %s',
    async (type) => {
      const { text: body, type: told } = await rebuilt(() => ({ a: [1, { b: 'ö' }] }), {
        headers: { 'content-type': type },
      });
      expect([body, told]).toEqual(['{"a":[1,{"b":"ö"}]}', type]);
    },
  );

  it('is a form again, with fields that came twice', async () => {
    const parsed = Object.assign(Object.create(null) as object, { a: 'b c&=', d: ['1', '2'], e: { f: 'g' } });
    const { text: body } = await rebuilt(() => parsed, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(body).toBe('a=b+c%26%3D&d=1&d=2');
  });

  it('of several parts is a form, and says so', async () => {
    const { text: body, type } = await rebuilt(() => ({ a: 'b' }), {
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect([body, type]).toEqual(['a=b', 'application/x-www-form-urlencoded']);
  });

  it.each([
    ['text', () => '{"a":1}'],
    ['bytes', () => Buffer.from('{"a":1}')],
  ])('is as it was where the parser kept its %s', async (_kind, parse) => {
    expect(await rebuilt(parse, { headers: { 'content-type': 'application/json' } })).toMatchObject({
      text: '{"a":1}',
    });
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
  ])('is none where the parser left %s', async (_name, left) => {
    expect(await rebuilt(() => left, {})).toMatchObject({ text: '' });
  });

  it('has lost the headers that are no longer true of it', async () => {
    expect(await rebuilt(() => ({}), { headers: { 'content-encoding': 'identity' } })).toMatchObject({
      length: null,
      coding: null,
    });
  });
});

describe('a body that no parser has read', () => {
  it('is streamed although a parser has left an object of its own', async () => {
    const handler = toNodeHandler(async (request) => new Response(await request.text()));
    const port = await listening((req, res) => void handler(Object.assign(req, { body: {} }), res));
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'a=b' });
    expect(await response.text()).toBe('a=b');
  });

  it('may come in as text', async () => {
    const handler = toNodeHandler(async (request) => new Response(await request.text()));
    const port = await listening((req, res) => void handler(req.setEncoding('utf8'), res));
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'a=ö' });
    expect(await response.text()).toBe('a=ö');
  });

  it('reaches what comes after the handler whole', async () => {
    const handler = toNodeHandler(async () => undefined);
    const port = await listening(
      (req, res) => void handler(req, res, () => void text(req).then((body) => res.end(body))),
    );
    const sent = 'x'.repeat(300_000);
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: sent });
    expect(await response.text()).toBe(sent);
  });

  it('ends the connection when the handler has read only its beginning', async () => {
    const port = await listening(
      toNodeHandler(async ({ body }) => {
        await body?.getReader().read();
        return new Response('too much', { status: 413 });
      }),
    );
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(300_000) });
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
  });

  it('leaves the connection open when the handler has read it, or nothing of it', async () => {
    const port = await listening(
      toNodeHandler(
        async (request) => new Response(request.url.endsWith('/read') ? await request.text() : ''),
      ),
    );
    for (const path of ['/read', '/left']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x' });
      expect(response.headers.get('connection')).toBe('keep-alive');
    }
  });
});
