/** Which route a path is, below the base path or at the callback path of the connections. */

/** What can be done at a route, by method. */
export type RouteName =
  | 'list'
  | 'listExpired'
  | 'showPage'
  | 'showStatus'
  | 'beginByScript'
  | 'beginByForm'
  | 'comeBack'
  | 'completeByApp'
  | 'disconnect'
  | 'disconnectByForm'
  | 'publishClient';

export interface Route {
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', RouteName>>>;
  /** Of the connection, decoded; null where the route has none. */
  readonly connectionName: string | null;
  /** Whether it is at the callback path of the connections, outside the base path. */
  readonly isElsewhere: boolean;
}

const OVERVIEW_ROUTES: Readonly<Record<string, RouteName>> = {
  '': 'list',
  'check-expired': 'listExpired',
  ui: 'showPage',
};

const CONNECTION_ROUTES: Readonly<Record<string, Route['methods']>> = {
  status: { GET: 'showStatus' },
  authorize: { GET: 'beginByScript' },
  callback: { GET: 'comeBack' },
  'client-metadata.json': { GET: 'publishClient' },
  connect: { POST: 'beginByForm' },
  disconnect: { POST: 'disconnectByForm' },
  complete: { POST: 'completeByApp' },
};

/** @returns undefined outside; null below the base path where there is no route */
export function findRoute(
  path: string,
  basePath: string,
  callbackPath: string,
  hasPage: boolean,
): Route | null | undefined {
  const elsewhere = callbackRoute(path, callbackPath);
  if (path !== basePath && !path.startsWith(`${basePath}/`)) return elsewhere;
  const below = routeBelow(path.slice(basePath.length + 1).split('/'), hasPage);
  if (!below || !elsewhere) return below ?? elsewhere ?? null;
  return { ...below, methods: { ...elsewhere.methods, ...below.methods } };
}

function routeBelow(segments: readonly string[], hasPage: boolean): Route | undefined {
  const [first = '', second, ...more] = segments;
  if (more.length > 0) return undefined;
  const GET =
    Object.hasOwn(OVERVIEW_ROUTES, first) && (first !== 'ui' || hasPage) ? OVERVIEW_ROUTES[first] : undefined;
  if (first === '') return second === undefined && GET ? { ...NO_CONNECTION, methods: { GET } } : undefined;
  const connectionName = decodeSegment(first);
  if (connectionName === null) return undefined;
  const ofOne =
    second !== undefined && Object.hasOwn(CONNECTION_ROUTES, second) ? CONNECTION_ROUTES[second] : undefined;
  const ofFirst = { ...(GET && { GET }), DELETE: 'disconnect' } as const;
  const methods = second === undefined ? ofFirst : ofOne;
  return methods && { connectionName, isElsewhere: false, methods };
}

const NO_CONNECTION = { connectionName: null, isElsewhere: false } as const;

/** @param callbackPath with `{name}` once */
function callbackRoute(path: string, callbackPath: string): Route | undefined {
  const [before = '', after = ''] = callbackPath.split('{name}');
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const segment = path.slice(before.length, path.length - after.length);
  const connectionName = segment === '' || segment.includes('/') ? null : decodeSegment(segment);
  return connectionName === null
    ? undefined
    : { methods: { GET: 'comeBack' }, connectionName, isElsewhere: true };
}

/** Null for what is no percent-encoding of a text. */
function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
