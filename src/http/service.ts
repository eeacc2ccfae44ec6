/** What all routes work with: the host's options, checked and with their defaults. */
import type { Connections } from '../connections/connections';
import type { Log } from '../logging';
import { createLog } from '../logging';
import type { Check, OptionChecks } from '../options';
import { callback, checkOptions, flag, objectWith, optionInvalid, required } from '../options';
import { webAddress } from '../connections/return-to';
import type { HandlerOptions } from './options';
import type { PageOptions } from './page/options';
import { checkPageOptions } from './page/options';
import type { ErrorTexts } from './texts';

export interface Service<Context> {
  readonly connections: Connections;
  readonly user: HandlerOptions<Context>['user'];
  readonly afterwards: HandlerOptions<Context>['afterwards'];
  /** Without a slash at its end; empty for the root. */
  readonly basePath: string;
  readonly appLink: string | undefined;
  /** Null where the page is off. */
  readonly page: PageOptions | null;
  /** How the page of an error looks. */
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
  warnOfHttp(connections.addresses.publicUrl, log);
  const look = typeof page === 'object' ? checkPageOptions(page) : {};
  return {
    connections,
    user,
    afterwards,
    basePath: basePath.replace(/\/$/, ''),
    appLink,
    page: page === false ? null : look,
    look,
    texts: errorTexts,
    isOverHttp: /^http:/i.test(connections.addresses.publicUrl ?? ''),
    log,
  };
}

/** Without its cookie no flow of a browser can be completed. */
function warnOfHttp(publicUrl: string | null, log: Log): void {
  const url = publicUrl === null ? null : webAddress(publicUrl);
  if (url?.protocol !== 'http:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) return;
  log(
    'warn',
    `\`publicUrl\` is ${url.origin}: browsers keep the cookie of a flow only at https, and at http://localhost, so that users cannot connect.`,
  );
}

function checkService(connections: unknown): void {
  const wrong = objectWith('authorize', 'complete', 'list', 'disconnect')(connections);
  if (wrong !== undefined)
    throw optionInvalid('The first argument of `connectionsHandler` must be a `Connections`.');
}

const address: Check = (value) => {
  const isAddress =
    typeof value === 'string' && (/^\/(?![/\\])[^\s\\]*$/.test(value) || webAddress(value) !== null);
  return isAddress || typeof value === 'function'
    ? undefined
    : 'a path that begins with one slash, a URL, or a function that returns one of them';
};

const path: Check = (value) =>
  typeof value === 'string' && /^\/(?![/\\])[^?#\s\\{}]*$/.test(value)
    ? undefined
    : 'a path that begins with one slash, such as `/connections`';

/** A link that a browser must not run, and that keeps what is added to its query. */
const link: Check = (value) => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  return url !== null &&
    !/^(javascript|data|blob|file|about|vbscript):$/.test(url.protocol) &&
    url.hash === ''
    ? undefined
    : 'a link without a fragment, such as `com.example.app:/connected`';
};

const plainObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object';

const checks: OptionChecks<HandlerOptions> = {
  user: required(callback),
  afterwards: address,
  basePath: path,
  appLink: link,
  page: (value) =>
    plainObject(value) === undefined ? undefined : flag(value) && 'true, false, or an object',
  errorTexts: plainObject,
  logger: objectWith('warn', 'error'),
};
