/**
 * Judges the redirect URIs of all connections together: each should have a path of its own, since that is what tells apart the
 * callbacks of two authorization servers (RFC 9700 section 4.4). Only warns; tokens that are there are served in any case.
 */
import { quote } from '../errors';
import type { AuthorizationServer } from './authorization-server';
import { declaredServer, decoded, hostOf, isSameServer } from './authorization-server';
import type { ConfigProblem } from './problems';
import { ProblemLog } from './problems';
import type { ConfigProblemCode } from './fault';
import type { ConnectionDefinition } from './definition';
import { fitsPath } from './names';

const PATH = ['oauth_config', 'redirect_uri'];
const MAX_OTHERS_SHOWN = 3;

interface Sharing {
  readonly name: string;
  readonly server: AuthorizationServer;
  readonly isDeclared: boolean;
}

/** Decoded one by one, since a proxy may write the same character in another way. */
export function pathSegments({ pathname }: URL): string[] {
  return pathname.split('/').slice(1).map(decoded);
}

/** @param root key of the object that has the connections */
export function redirectWarnings(connections: Iterable<ConnectionDefinition>, root: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const warn = (name: string, code: ConfigProblemCode, message: string) => {
    const log = new ProblemLog(name, [root, name]);
    log.warn(code, message, PATH);
    problems.push(...log.problems);
  };
  const byPath = new Map<string, Sharing[]>();
  for (const { name, url, oauth } of connections) {
    if (oauth === null) continue;
    const { redirectUri } = oauth;
    if (redirectUri === null && !fitsPath(name)) warn(name, 'missing_field', UNFIT);
    const path = JSON.stringify(
      redirectUri === null ? ['connections', name, 'callback'] : pathSegments(new URL(redirectUri)),
    );
    // Until it has been discovered, an MCP server may be its own authorization server.
    const issuer = oauth.options.issuer ?? (oauth.tokenUrl === null ? new URL(url).origin : null);
    const server = { ...declaredServer({ oauth }), issuer };
    const sharing = byPath.get(path) ?? [];
    sharing.push({ name, server, isDeclared: redirectUri !== null });
    byPath.set(path, sharing);
  }
  for (const sharing of byPath.values()) {
    for (const { name, others } of strangersIn(sharing)) warn(name, 'invalid_value', sharedMessage(others));
  }
  return problems;
}

/** The connections that share a path with other servers, each with the names of those. */
function strangersIn(sharing: readonly Sharing[]): { readonly name: string; readonly others: string[] }[] {
  const byServer = new Map<string, Sharing[]>();
  for (const one of sharing) {
    const { issuer, tokenUrl, authorizeUrl } = one.server;
    const key = JSON.stringify(issuer === null ? [tokenUrl, hostOf(authorizeUrl)] : [issuer]);
    byServer.set(key, [...(byServer.get(key) ?? []).slice(-MAX_OTHERS_SHOWN), one]);
  }
  if (byServer.size < 2) return [];
  const representatives = [...byServer.values()].flat();
  return sharing.flatMap(({ name, server, isDeclared }) => {
    const others: string[] = [];
    for (const other of representatives) {
      if (other.name !== name && !isSameServer(other.server, server)) others.push(other.name);
      if (others.length === MAX_OTHERS_SHOWN) break;
    }
    return isDeclared && others.length > 0 ? [{ name, others }] : [];
  });
}

const UNFIT =
  'found a name that cannot be part of the path of a redirect URI: it is "." or "..", has "/", "\\" or "%", or has more than ' +
  '120 characters when encoded; users cannot connect until you declare redirect_uri';

function sharedMessage(others: readonly string[]): string {
  const shown = others.map((name) => quote(name)).join(', ');
  return (
    `found the same path as for ${shown}, at another authorization server; that server could pass off its callbacks as this ` +
    "connection's (mix-up, RFC 9700 section 4.4); give each a path of its own, or leave redirect_uri out"
  );
}
