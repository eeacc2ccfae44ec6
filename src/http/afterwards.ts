/** Where a browser goes after a flow or a form: to the address that the flow had, to the host's pages, or to our own. */
import { allowedReturnTo, webAddress } from '../connections/flow/destinations';
import { describeError } from '../errors';
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
  const wanted = returnTo ?? hostsAddress(call, outcome);
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

/** A mistake of the host's own function is logged: what has been stored stays so, and its user is told. */
function hostsAddress({ service: { afterwards, log } }: AnyCall, outcome: FlowOutcome | null): string | null {
  if (typeof afterwards !== 'function') return afterwards ?? null;
  if (outcome === null) return null;
  let said: unknown;
  try {
    said = afterwards(outcome);
  } catch (error) {
    log('error', `\`afterwards\` failed: ${describeError(error)}`);
    return null;
  }
  const address = typeof said === 'string' ? addressOf(said) : null;
  if (address === null)
    log('error', '`afterwards` returned neither a path that begins with one slash nor a URL.');
  return address;
}

/** As browsers read it; null for what is neither a path nor a URL. */
export function addressOf(text: string): string | null {
  if (!text.startsWith('/')) return webAddress(text)?.href ?? null;
  return allowedReturnTo(text, []);
}

/** Relative to the route, so that a prefix that a proxy has removed does not matter; null without the page, and on it. */
function pageOf(call: AnyCall): string | null {
  const { service, url, isElsewhere } = call;
  const { hasPage, basePath } = service;
  const { pathname } = url;
  if (!hasPage || pathname === pagePath(call)) return null;
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
