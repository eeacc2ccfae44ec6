/** The handler as route handlers of Next.js. */
import { type ConnectionsHandler, requireHandler } from './options';

/** What a `route.ts` of the App Router exports. */
export type NextHandlers<Context = unknown> = Readonly<
  Record<
    'GET' | 'HEAD' | 'POST' | 'DELETE' | 'OPTIONS',
    (request: Request, context: Context) => Promise<Response>
  >
>;

/**
 * Makes of a handler what a `route.ts` of Next.js exports. A request that is not for the handler is a 404.
 * @param handler of `connectionsHandler`; `user` is given what Next.js gives a route besides the request, with `params`
 * @throws ConnectionsError `option_invalid`
 * @example
 * const handler = connectionsHandler(connections, { user: () => userId, afterwards: '/settings' });
 * const { GET, POST, DELETE } = toNextHandler(handler); // exported from app/connections/[[...path]]/route.ts
 */
export function toNextHandler<Context = unknown>(
  handler: ConnectionsHandler<Context>,
): NextHandlers<Context> {
  requireHandler('toNextHandler', handler);
  const answer = async (request: Request, context: Context) =>
    (await handler(request, context)) ?? new Response('Not Found', { status: 404 });
  return { GET: answer, HEAD: answer, POST: answer, DELETE: answer, OPTIONS: answer };
}
