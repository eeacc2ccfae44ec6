/** A user at a browser, who connects as the front end or a form of the page lets them. */
import type { AuthorizationServer } from '../setup/authorization-server';
import { FRONT_END, SERVICE } from '../setup/http-host';
import type { Browser } from './browser';

/** A script of the front end asks where to go. */
export async function authorizationOf(
  browser: Browser,
  headers: Readonly<Record<string, string>> = {},
  { page = SERVICE, query = '', name = 'atlassian' } = {},
): Promise<string> {
  const response = await browser.script(page, `${SERVICE}/connections/${name}/authorize${query}`, {
    headers,
  });
  const body = (await response.json()) as { authorization_url?: string; detail?: string };
  if (body.authorization_url === undefined) throw new Error(`${response.status}: ${body.detail}`);
  return body.authorization_url;
}

/** The user decides at the provider, which sends the browser back. */
export async function comeBack(
  browser: Browser,
  server: AuthorizationServer,
  authorizationUrl: string,
): Promise<Response> {
  return browser.navigate(server.issuer, await server.visit(authorizationUrl));
}

/** Where an answer leads, and with which parameters besides those that the page had. */
export function ending(response: Response, at = SERVICE): { place: string; query: Record<string, string> } {
  const location = response.headers.get('location');
  if (response.status !== 303 || location === null)
    throw new Error(`${response.status}, and no way to go on`);
  const { origin, pathname, searchParams } = new URL(location, at);
  return { place: `${origin}${pathname}`, query: Object.fromEntries(searchParams) };
}

export const SUCCESS = { place: `${FRONT_END}/connections`, query: { connection_success: 'atlassian' } };

export const failedWith = (error: string, name = 'atlassian') => ({
  place: `${FRONT_END}/connections`,
  query: { connection_error: name, error },
});
