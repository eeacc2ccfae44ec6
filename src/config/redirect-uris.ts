/**
 * Judges the redirect URIs of all connections together: each should have one of its own, since that is what tells apart the
 * callbacks of two authorization servers (RFC 9700 section 4.4). Only warns; tokens that are there are served in any case.
 */
import { quote } from '../errors';
import type { ConfigProblem, ConnectionDefinition, OAuthDefinition } from './definition';
import { fitsPath } from './names';
import type { ProblemBudget } from './problem-log';
import { ProblemLog } from './problem-log';

const PATH = ['oauth_config', 'redirect_uri'];
const MAX_OTHERS_SHOWN = 3;

interface Declared {
  readonly name: string;
  /** Of the authorization server, or of the MCP server where it is discovered. */
  readonly server: string;
}

/** @param root key of the object that has the connections */
export function redirectWarnings(
  connections: Iterable<ConnectionDefinition>,
  root: string,
  budget: ProblemBudget,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const warn = (name: string, ...warning: [code: 'missing_field' | 'invalid_value', message: string]) => {
    const log = new ProblemLog(name, [root, name], budget);
    log.warn(...warning, PATH);
    problems.push(...log.problems);
  };
  const byPlace = new Map<string, Declared[]>();
  for (const { name, url, oauth } of connections) {
    if (oauth === null) continue;
    if (oauth.redirectUri === null) {
      if (!fitsPath(name)) warn(name, 'missing_field', UNFIT);
      continue;
    }
    const { pathname, search } = new URL(oauth.redirectUri);
    const place = `${pathname}${search}`;
    const sharing = byPlace.get(place) ?? [];
    sharing.push({ name, server: serverOf(oauth, url) });
    byPlace.set(place, sharing);
  }
  for (const sharing of byPlace.values()) {
    for (const { name, server } of sharing) {
      const others = sharing.filter((other) => other.server !== server).map((other) => other.name);
      if (others.length > 0) warn(name, 'invalid_value', sharedMessage(others));
    }
  }
  return problems;
}

const UNFIT =
  'found a name that cannot be part of the path of a redirect URI: it is "." or "..", has "/", "\\" or "%", or has more than ' +
  '120 characters when encoded; users cannot connect until you declare redirect_uri';

function sharedMessage(others: readonly string[]): string {
  const shown = others.slice(0, MAX_OTHERS_SHOWN).map((name) => quote(name));
  const more = others.length > shown.length ? ` and ${others.length - shown.length} more` : '';
  return (
    `found the same path as for ${shown.join(', ')}${more}, whose authorization server is another; that server could pass off its ` +
    "callbacks as this connection's (mix-up, RFC 9700 section 4.4); give each a path of its own, or leave redirect_uri out"
  );
}

function serverOf({ authorizeUrl, options }: OAuthDefinition, url: string): string {
  const address = authorizeUrl ?? options.issuer ?? url;
  return URL.canParse(address) ? new URL(address).origin : address;
}
