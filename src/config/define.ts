/** Lets the compiler check a document in a program, and know the names in it. */
import type { ConnectionsDocument } from './document';

/**
 * A document, checked by the compiler as it is written: a misspelt field does not compile, and the names of the
 * connections are known where the document is used.
 * @param document given back as it is; its values are checked when it is read
 * @example
 * const config = defineConnections({
 *   mcpServers: {
 *     github: {
 *       url: 'https://api.githubcopilot.com/mcp/',
 *       type: 'http',
 *       oauth_config: {
 *         client_id: 'your-client-id',
 *         client_secret_env: 'GITHUB_CLIENT_SECRET',
 *         issuer: 'https://github.com/login/oauth',
 *       },
 *     },
 *   },
 * });
 */
export function defineConnections<const Name extends string>(
  document: ConnectionsDocument<Name>,
): ConnectionsDocument<Name> {
  return document;
}
