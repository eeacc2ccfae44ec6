/** Small documents for the configuration's tests: each builder gives a valid whole, with what a test is about put in. */
import { inspect } from 'node:util';
import type { ParsedConnections } from '../../src/config/parse';
import type { ConfigProblem } from '../../src/config/problems';
import type { ConnectionsDocument } from '../../src/config/document';
import { parseConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';

type Fields = Record<string, unknown>;

export const URL_OF_SERVER = 'https://mcp.example.com/sse';

/** The OAuth client of an entry that declares nothing of it. */
export const nothingDeclared = {
  clientId: null,
  clientSecret: null,
  authorizeUrl: null,
  tokenUrl: null,
  redirectUri: null,
  scopes: [],
  apiOrigins: [],
  headers: {},
  options: {},
};

/** A remote entry that is valid as it is. */
export function entry(fields: Fields = {}): Fields {
  return { url: URL_OF_SERVER, auth_type: 'oauth2', ...fields };
}

/** A document of these entries. */
export function document(servers: Fields): ConnectionsDocument {
  return broken({ mcpServers: servers });
}

/** What parsing one entry called `demo` gives. */
export function parseEntry(fields: unknown, environment: Record<string, string> = {}): ParsedConnections {
  return parseConnections(document({ demo: fields }), { environment });
}

/** The problems with one `oauth_config`, as short texts. */
export function oauthProblems(fields: unknown, environment: Record<string, string> = {}): string[] {
  return brief(parseEntry(entry({ oauth_config: fields }), environment).problems);
}

/** The problems with one entry, as short texts. */
export function entryProblems(fields: unknown, environment: Record<string, string> = {}): string[] {
  return brief(parseEntry(fields, environment).problems);
}

/** Problems as `severity code path: message`. */
export function brief(problems: readonly ConfigProblem[]): string[] {
  return problems.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);
}

/** Every way in which an outcome could be printed. */
export function printed(parsed: ParsedConnections): string {
  const plain = { ...parsed, connections: [...parsed.connections], rejected: [...parsed.rejected] };
  const shown = inspect(parsed, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
  return [shown, JSON.stringify(parsed), JSON.stringify(plain), String(parsed)].join('\n');
}
