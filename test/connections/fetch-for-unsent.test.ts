/** What becomes of a stream that a caller gave as a body, when the call ends before it was sent: its source is let go of. */
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../setup/api-world';
import { failureOf } from '../setup/code-of';

const world = new ApiWorld('sqlite');

/** To the authorization server. */
const send = globalThis.fetch;

/** A stream, and with what reason it is cancelled. */
function watched(pull: () => unknown = () => undefined) {
  let cancel = (_reason: unknown): void => undefined;
  const cancelled = new Promise((resolve) => (cancel = resolve));
  const source = { cancel: (reason: unknown) => cancel(reason), pull: () => pull() as Promise<void> };
  return { body: new ReadableStream(source, { highWaterMark: 0 }), cancelled };
}

describe('A stream', () => {
  it.each<[string, () => Promise<[typeof send, RequestInit, string?]>, unknown]>([
    [
      'for want of a token',
      async () => [world.connections().fetchFor('nobody', 'atlassian'), {}],
      { code: 'not_connected' },
    ],
    [
      'because the signal was aborted',
      async () => [(await world.caller()).fetch, { signal: AbortSignal.abort('enough') }],
      'enough',
    ],
    [
      'to an address that is refused',
      async () => [(await world.caller()).fetch, {}, world.other.origin],
      { code: 'address_refused' },
    ],
    [
      'because nothing listens there',
      async () => [
        (await world.caller(undefined, { origins: ['http://127.0.0.1:1'] })).fetch,
        {},
        'http://127.0.0.1:1',
      ],
      { message: 'fetch failed' },
    ],
  ])('that is not sent %s is cancelled, whatever kind of stream it is', async (_why, prepare, expected) => {
    const [call, init, url = world.url] = await prepare();
    const upload = async (body: unknown) => {
      const options = { method: 'POST', ...init, body, duplex: 'half' } as RequestInit;
      const error = await failureOf(() => call(url, options));
      if (typeof expected === 'object') expect(error).toMatchObject(expected as object);
      else expect(error).toBe(expected);
      return error;
    };
    const { body, cancelled } = watched();
    const error = await upload(body);
    expect(await cancelled).toBe(error);
    const node = new Readable({ read: () => undefined });
    await upload(node);
    expect(node.destroyed).toBe(true);
    const iterator = {
      next: () => new Promise(() => undefined),
      return: vi.fn<() => Promise<unknown>>(async () => ({ done: true })),
    };
    await upload({ [Symbol.asyncIterator]: () => iterator });
    expect(iterator.return).toHaveBeenCalled();
    expect([...world.api.requests, ...world.other.requests]).toEqual([]);
  });

  it('that is not sent because the signal ends the wait for a token is cancelled with its reason', async () => {
    const connections = world.connections();
    const { id } = await world.host.user(connections);
    const abort = new AbortController();
    world.host.server.interferences.push(async () => abort.abort('enough'));
    const { body, cancelled } = watched();
    const init = { method: 'POST', body, duplex: 'half', signal: abort.signal } as const;
    expect(await failureOf(() => connections.fetchFor(id, 'atlassian')(world.url, init))).toBe('enough');
    expect(await cancelled).toBe('enough');
  });

  it('that was not read before a 401 is cancelled', async () => {
    const fetch = async (url: string, init: RequestInit) =>
      url === world.url ? new Response(null, { status: 401 }) : send(url, init);
    const { fetch: call } = await world.caller(world.connections({ fetch }));
    const { body, cancelled } = watched();
    const error = await failureOf(() => call(world.url, { method: 'POST', body, duplex: 'half' }));
    expect(error).toMatchObject({ code: 'body_not_replayable' });
    expect(await cancelled).toBe(error);
  });
});
