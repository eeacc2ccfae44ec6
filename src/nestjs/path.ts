/** The paths of the routes, as the handler has them, whatever prefix the application puts before them. */
import type { ConnectionsRoutes } from './options';

/** With a slash before it, and none after it. */
export function routesPath({ path = 'connections' }: ConnectionsRoutes): string {
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

/**
 * The address of a request without the global prefix and the version, as the handler has it.
 * @param url path and query
 * @param base path of the routes
 * @param depth how many segments the route has below the base
 */
export function pathWithoutPrefix(url: string, base: string, depth: number): string {
  const [path = '', ...query] = url.split('?');
  const segments = path.replace(/\/$/, '').split('/');
  const below = depth === 0 ? [] : segments.slice(-depth);
  const search = query.length === 0 ? '' : `?${query.join('?')}`;
  return `${[base, ...below].join('/')}${search}`;
}
