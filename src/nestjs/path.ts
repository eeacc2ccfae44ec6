/** The paths of the routes, as the handler has them, whatever prefix the application puts before them. */
import type { ConnectionsRoutes } from './options';

/** With a slash before it, and none after it. */
export function routesPath({ path = 'connections' }: ConnectionsRoutes): string {
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

/**
 * The address of a request without the global prefix. It is made of what the router has matched, so that no spelling of an address leads
 * the handler to another route than the guards were asked for.
 * @param base path of the routes
 * @param segments below it, decoded
 * @param url of the request, for its query
 */
export function handlerPath(base: string, segments: readonly string[], url: string): string {
  const [withoutFragment = ''] = url.split('#');
  const query = withoutFragment.indexOf('?');
  const search = query < 0 ? '' : withoutFragment.slice(query);
  return `${[base, ...segments.map(encodeURIComponent)].join('/')}${search}`;
}
