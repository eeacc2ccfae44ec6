/** `integrity` with `fetchFor`: what an answer must be, whatever came before it. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiWorld } from '../setup/api-world';
import { failureOf } from '../setup/code-of';
import { answer } from '../setup/site';

const world = new ApiWorld('sqlite');

describe('The integrity of an answer', () => {
  const sum = `sha256-${createHash('sha256').update('right').digest('base64')}`;
  const answers = (text: string, status = 200) => answer(status, text);

  it.each<[string, (url: string, init: RequestInit) => [string | Request, RequestInit?]]>([
    ['a URL', (url, init) => [url, init]],
    ['a `Request`', (url, init) => [new Request(url, init)]],
    ['a `Request` and more', (url, init) => [new Request(url), init]],
  ])('asked for with %s is that of the last one: not of a redirect, nor of a 401', async (_what, given) => {
    const { fetch, token } = await world.caller();
    await world.host.server.forget(token);
    world.api.pages.set('/go', answer(302, 'moved', { location: '/last' }));
    const guarded = world.guarded() as (...parameters: unknown[]) => void;
    let isRight = true;
    world.api.pages.set('/last', (response, request) => {
      const end = response.end.bind(response);
      const last = (text: string) => end(text === 'no' ? 'no' : isRight ? 'right' : 'wrong');
      guarded(Object.assign(response, { end: last }), request);
    });
    const call = async () => fetch(...given(`${world.api.origin}/go`, { integrity: sum }));
    const response = await call();
    expect([response.status, response.redirected, response.url]).toEqual([
      200,
      true,
      `${world.api.origin}/last`,
    ]);
    expect(await response.text()).toBe('right');
    expect(world.api.requests.map(({ path }) => path)).toEqual(['/go', '/last', '/last']);
    isRight = false;
    expect(await failureOf(call)).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });

  it('is compared also where there is no token', async () => {
    const { fetch } = await world.caller(world.trusting());
    world.other.pages.set('/right', answers('right'));
    world.other.pages.set('/wrong', answers('wrong', 404));
    const call = (path: string) => fetch(`${world.other.origin}${path}`, { integrity: sum });
    expect(await (await call('/right')).text()).toBe('right');
    expect(await failureOf(() => call('/wrong'))).toBeInstanceOf(TypeError);
  });
});
