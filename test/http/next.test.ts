/** What a route of Next.js exports. */
import { expect, it } from 'vitest';
import { toNextHandler } from '../../src/http/next';

const asked = (path: string, method = 'GET') => new Request(`https://a.test${path}`, { method });
const { GET, HEAD, POST, DELETE, OPTIONS } = toNextHandler<{ readonly params: string }>(
  async ({ url, method }, { params }) =>
    url.includes('/connections') ? Response.json([method, params]) : undefined,
);

it.each(Object.entries({ GET, HEAD, POST, DELETE, OPTIONS }))(
  'a %s is answered by the handler, which is given the context of the route',
  async (method, answer) => {
    const response = await answer(asked('/connections', method), { params: 'of the route' });
    expect(await response.json()).toEqual([method, 'of the route']);
  },
);

it('a request that is not for the handler is a 404', async () => {
  expect((await GET(asked('/elsewhere'), { params: '' })).status).toBe(404);
});
