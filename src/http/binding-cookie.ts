/**
 * The cookie that ties a browser's flows to it. `__Host-` lets no other subdomain set it, and Lax lets it come with the callback, to
 * which another site leads. It is no session: it proves only that a flow began in this browser.
 */
import { isRandomText, randomText } from '../connections/flow/secrets';

const BINDING_COOKIE = '__Host-mcp-connections';

const LIFETIME_S = 30 * 24 * 60 * 60;

/** Undefined where there is none, or one that is not of our making. */
export function bindingOf(request: Request): string | undefined {
  for (const pair of request.headers.get('cookie')?.split(';') ?? []) {
    const [name = '', ...value] = pair.split('=');
    const text = value.join('=').trim();
    if (name.trim() === BINDING_COOKIE && isRandomText(text)) return text;
  }
  return undefined;
}

/** Adds the cookie to an answer, for a browser that may begin flows in several tabs. */
export function withBinding(answer: Response, binding: string = randomText()): Response {
  const cookie = `${BINDING_COOKIE}=${binding}; Max-Age=${LIFETIME_S}; Path=/; Secure; HttpOnly; SameSite=Lax`;
  answer.headers.append('set-cookie', cookie);
  return answer;
}
