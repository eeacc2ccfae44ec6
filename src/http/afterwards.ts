/** Where a browser goes after a flow or a form: to the address that the flow had, to the host's pages, or to our own. */
import type { AnyCall } from './call';
import type { FlowOutcome } from './options';

/**
 * @param outcome of the flow; null after a form that began none
 * @param returnTo that was checked; null for none
 * @returns null where there is nowhere to go
 */
export function addressAfterwards(
  call: AnyCall,
  outcome: FlowOutcome | null,
  returnTo: string | null | undefined,
): string | null {
  const wanted = returnTo ?? hostsAddress(call, outcome) ?? null;
  const isOwnPage = wanted === null || wanted === pagePath(call);
  const target = isOwnPage ? (pageOf(call) ?? wanted) : wanted;
  if (target === null) return null;
  return outcome === null ? target : withOutcome(target, outcome);
}

/** As `addressAfterwards`; our page is told what was disconnected. */
export function addressAfterDisconnection(call: AnyCall, returnTo: string | null): string | null {
  const address = addressAfterwards(call, null, returnTo);
  const isOwnPage = address !== null && address === pageOf(call);
  return isOwnPage ? `${address}?disconnected=${shownName(call.connectionName)}` : address;
}

/** The path of our page, as this process sees it, for the `return_to` of its forms. */
export function pagePath({ service: { basePath } }: AnyCall): string {
  return `${basePath}/ui`;
}

function hostsAddress({ service: { afterwards } }: AnyCall, outcome: FlowOutcome | null) {
  if (typeof afterwards !== 'function') return afterwards;
  return outcome === null ? undefined : afterwards(outcome);
}

/** Relative to the route, so that a prefix that a proxy has removed does not matter; null without the page, and on it. */
function pageOf(call: AnyCall): string | null {
  const { service, url, isElsewhere } = call;
  const { page, basePath } = service;
  const { pathname } = url;
  if (page === null || pathname === pagePath(call)) return null;
  if (isElsewhere) return pagePath(call);
  if (pathname === basePath) return `.${basePath.slice(basePath.lastIndexOf('/'))}/ui`;
  const depth = pathname.slice(basePath.length + 1).split('/').length - 1;
  return `${'../'.repeat(depth) || './'}ui`;
}

/** The parameters that the front end of the original service reads. */
function withOutcome(address: string, { connectionName, error }: FlowOutcome): string {
  const [beforeFragment = '', ...fragment] = address.split('#');
  const [path = '', ...query] = beforeFragment.split('?');
  const parameters = new URLSearchParams(query.join('?'));
  for (const name of ['connection_success', 'connection_error', 'error']) parameters.delete(name);
  const shown = shownName(connectionName);
  if (error === null) parameters.set('connection_success', shown);
  else {
    parameters.set('connection_error', shown);
    parameters.set('error', error);
  }
  const hash = fragment.length === 0 ? '' : `#${fragment.join('#')}`;
  return `${path}?${parameters.toString()}${hash}`;
}

/** A name as the query has it. */
export function shownName(connectionName: string): string {
  return connectionName.replace(/[^\w.-]/g, '_');
}
