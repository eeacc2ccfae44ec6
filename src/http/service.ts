/** What all routes work with: the host's options, checked and with their defaults. */
import type { Connections } from '../connections/connections';
import { allowedReturnTo } from '../connections/flow/destinations';
import { type Log, createLog } from '../logging';
import {
  type Check,
  type OptionChecks,
  callback,
  checkOptions,
  flag,
  objectWith,
  optionInvalid,
  required,
} from '../options';
import { isLoopback, parseUrl, parseWebUrl } from '../url';
import type { HandlerOptions } from './options';
import { type PageOptions, checkPageOptions } from './page/options';
import { isAnswerCode } from './status';
import type { ErrorTexts } from './texts';

export interface Service<Context> {
  readonly connections: Connections;
  readonly user: HandlerOptions<Context>['user'];
  /** An address as browsers read it. */
  readonly afterwards: HandlerOptions<Context>['afterwards'] | null;
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly appLink: string | undefined;
  /** Whether the page is on. */
  readonly hasPage: boolean;
  /** How it looks, and how the page of an error does. */
  readonly look: PageOptions;
  readonly texts: ErrorTexts;
  /** Whether browsers reach the service by http, as on a developer's computer. */
  readonly isOverHttp: boolean;
  readonly log: Log;
}

/** @throws ConnectionsError `option_invalid` */
export function serviceOf<Context>(
  connections: Connections,
  options: HandlerOptions<Context>,
): Service<Context> {
  checkService(connections);
  const {
    user,
    afterwards,
    basePath = '/connections',
    appLink,
    page = false,
    errorTexts = {},
    logger,
  } = checkOptions<HandlerOptions<Context>>('connectionsHandler', options, checks);
  const log = createLog(logger);
  const publicUrl = parseWebUrl(connections.addresses.publicUrl ?? '');
  const isOverHttp = publicUrl?.protocol === 'http:';
  if (publicUrl && isOverHttp) warnOfHttp(publicUrl, log);
  return {
    connections,
    user,
    afterwards: typeof afterwards === 'string' ? addressOf(afterwards) : afterwards,
    basePath: basePath.replace(/\/$/, ''),
    appLink,
    hasPage: page !== false,
    look: typeof page === 'object' ? checkPageOptions(page) : {},
    texts: errorTexts,
    isOverHttp,
    log,
  };
}

/** As browsers read it; null for what is neither a path nor a URL. */
export function addressOf(text: string): string | null {
  if (!text.startsWith('/')) return parseWebUrl(text)?.href ?? null;
  return allowedReturnTo(text, []);
}

/** Warns that browsers drop the flow's cookie over plain http, and that without it no browser can complete a flow. */
function warnOfHttp({ hostname, origin }: URL, log: Log): void {
  if (isLoopback(hostname)) return;
  log(
    'warn',
    `\`publicUrl\` is ${origin}: browsers keep the cookie of a flow only at https, and at http://localhost, so that users cannot connect.`,
  );
}

function checkService(connections: unknown): void {
  const wrong = objectWith('authorize', 'complete', 'list', 'disconnect', 'clientMetadata')(connections);
  if (wrong !== undefined || typeof (connections as Partial<Connections>).addresses !== 'object')
    throw optionInvalid('The first argument of `connectionsHandler` must be a `Connections`.');
}

const address: Check = (value) => {
  const isAddress = typeof value === 'string' && addressOf(value) !== null;
  return isAddress || typeof value === 'function'
    ? undefined
    : 'a path that begins with one slash, a URL, or a function that returns one of them';
};

/** As requests have it: the root would take every path of the host. */
const path: Check = (value) =>
  typeof value === 'string' && /^\/[^/?#{}][^?#{}]*$/.test(value) && addressOf(value) === value
    ? undefined
    : 'a path that begins with one slash, such as `/connections`';

/** A link that a browser must not run, and that keeps what is added to its query. */
const link: Check = (value) => {
  const url = typeof value === 'string' ? parseUrl(value) : null;
  return url !== null &&
    !/^(javascript|data|blob|file|about|vbscript):$/.test(url.protocol) &&
    url.hash === ''
    ? undefined
    : 'a link without a fragment, such as `com.example.app:/connected`';
};

/** Also a module, whose exports may be the texts of a language. */
const plainObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object';

const checks: OptionChecks<HandlerOptions> = {
  user: required(callback),
  afterwards: address,
  basePath: path,
  appLink: link,
  page: (value) =>
    plainObject(value) === undefined ? undefined : flag(value) && 'true, false, or an object',
  errorTexts: (value) =>
    plainObject(value) ??
    (Object.entries(value as object).every(([code, text]) => isAnswerCode(code) && typeof text === 'string')
      ? undefined
      : 'an object of texts by code'),
  logger: objectWith('warn', 'error'),
};
