/**
 * Writes down where in a document something is, as `mcpServers.atlassian.oauth_config.token_url`.
 * Decides how names with odd characters look there; never looks at values.
 */
import { quote } from '../errors';

const PLAIN = /^[A-Za-z_$][\w$-]{0,79}$/;

/**
 * The path of the keys, outermost first; a key that is not a plain word is quoted, escaped and cut.
 *
 * @param keys names and list positions from the document's root
 */
export function formatPath(keys: readonly (string | number)[]): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'string' && PLAIN.test(key)) {
      path += path === '' ? key : `.${key}`;
    } else {
      path += `[${typeof key === 'number' ? key : quote(key)}]`;
    }
  }
  return path;
}
