/** Callbacks as a provider sends them: at the redirect URI that the authorization URL names. */

/** @param changes parameters to add or to replace; a list repeats the parameter */
export function callbackOf(
  authorizationUrl: string,
  changes: Readonly<Record<string, string | readonly string[]>> = {},
): string {
  const asked = new URL(authorizationUrl).searchParams;
  const url = new URL(asked.get('redirect_uri') ?? '');
  const parameters = { code: 'code', state: asked.get('state') ?? '', ...changes };
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) url.searchParams.append(name, one);
  }
  return url.href;
}
