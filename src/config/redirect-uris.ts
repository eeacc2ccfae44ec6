/**
 * Judges the redirect URIs of all connections together: each should have a path of its own, since that is what tells apart the
 * callbacks of two authorization servers (RFC 9700 section 4.4). Only warns; tokens that are there are served in any case.
 */
import { quote } from '../errors';
import type { AuthorizationServer } from './authorization-server';
import { declaredServer, hostOf, isSameServer, pathSegments } from './authorization-server';
import type { ConnectionDefinition } from './definition';
import { isDeclared, isOAuth } from './definition';
import type { ConfigProblemCode } from './fault';
import { fitsPath } from './names';
import type { ConfigProblem } from './problems';
import { ProblemLog, ROOT } from './problems';

const PATH = ['oauth_config', 'redirect_uri'];
const MAX_OTHERS_SHOWN = 3;

/** A connection whose callbacks come to a path, with the server from which they come. */
interface CallbackSender {
  readonly name: string;
  readonly server: AuthorizationServer;
  /** Whether the path is declared, and not the default. */
  readonly isRedirectDeclared: boolean;
}

export function redirectWarnings(connections: Iterable<ConnectionDefinition>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const warn = (name: string, code: ConfigProblemCode, message: string) => {
    const log = new ProblemLog(name, [ROOT, name]);
    log.warn(code, message, PATH);
    problems.push(...log.problems);
  };
  const byPath = new Map<string, CallbackSender[]>();
  for (const connection of connections) {
    if (!isOAuth(connection)) continue;
    const { name, url, oauth } = connection;
    const { redirectUri } = oauth;
    if (redirectUri === null && !fitsPath(name)) warn(name, 'missing_field', UNFIT);
    const path = JSON.stringify(
      redirectUri === null ? ['connections', name, 'callback'] : pathSegments(new URL(redirectUri)),
    );
    // Until it has been discovered, an MCP server may be its own authorization server.
    const issuer = oauth.options.issuer ?? (isDeclared(connection) ? null : new URL(url).origin);
    const server = { ...declaredServer(connection), issuer };
    const senders = byPath.get(path) ?? [];
    senders.push({ name, server, isRedirectDeclared: redirectUri !== null });
    byPath.set(path, senders);
  }
  for (const senders of byPath.values()) {
    for (const { name, others } of mixUpsAmong(senders)) warn(name, 'invalid_value', sharedMessage(others));
  }
  return problems;
}

/** The connections that share a path with other servers, each with the names of some of those. */
function mixUpsAmong(
  senders: readonly CallbackSender[],
): { readonly name: string; readonly others: string[] }[] {
  // A few of each server are enough to name.
  const byServer = new Map<string, CallbackSender[]>();
  for (const one of senders) {
    const { issuer, tokenUrl, authorizeUrl } = one.server;
    const key = JSON.stringify(issuer === null ? [tokenUrl, hostOf(authorizeUrl)] : [issuer]);
    byServer.set(key, [...(byServer.get(key) ?? []).slice(-MAX_OTHERS_SHOWN), one]);
  }
  if (byServer.size < 2) return [];
  const few = [...byServer.values()].flat();
  return senders
    .filter(({ isRedirectDeclared }) => isRedirectDeclared)
    .map((one) => ({ name: one.name, others: othersOf(one, few) }))
    .filter(({ others }) => others.length > 0);
}

/** A few names at most, so that a thousand connections with one path are not all compared in pairs. */
function othersOf({ name, server }: CallbackSender, senders: readonly CallbackSender[]): string[] {
  const others: string[] = [];
  for (const other of senders) {
    if (other.name !== name && !isSameServer(other.server, server)) others.push(other.name);
    if (others.length === MAX_OTHERS_SHOWN) break;
  }
  return others;
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
