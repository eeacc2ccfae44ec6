/** The APIs of the connections: they take access tokens that live, and leave the rest to the test (RFC 6750). */
import type { Grants } from './grants';

/** Whose access token a request to an API has. */
export interface ApiCaller<Name extends string = string> {
  /** The connection whose provider has issued the token; at an origin of `trustedOrigins`, which gets none, one that is named there. */
  readonly connectionName: Name;
  /** Who has stored the token; `null` where no account has it. */
  readonly userId: string | null;
  /** Which of the user's accounts; `null` where no account has the token. */
  readonly account: string | null;
  /** As granted. */
  readonly scopes: readonly string[];
}

/** An API, as a test plays it. */
export type ApiHandler<Name extends string = string> = (
  request: Request,
  caller: ApiCaller<Name>,
) => Response | Promise<Response>;

export const noApi: ApiHandler = ({ url }) =>
  new Response(`Nothing answers for ${new URL(url).origin}: give \`provider.api\` a function that does.`, {
    status: 501,
    headers: { 'content-type': 'text/plain' },
  });

export function bearerOf({ headers }: Request): string | null {
  const [, token] = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  return token ?? null;
}

/**
 * @param metadata where its protected resource metadata is (RFC 9728 section 5.1); undefined where it has none
 * @param isOf whether a connection's tokens are for this API
 */
export async function apiAnswer(
  request: Request,
  grants: Grants,
  handler: ApiHandler,
  metadata: string | undefined,
  isOf: (connectionName: string) => boolean,
): Promise<Response> {
  const token = bearerOf(request);
  const access = token === null ? null : grants.accessOf(token);
  if (access && isOf(access.grant.connectionName)) {
    const { connectionName, account: ref } = access.grant;
    const { scopes } = access;
    return handler(request, {
      connectionName,
      userId: ref?.userId ?? null,
      account: ref?.account ?? null,
      scopes,
    });
  }
  const parts = [
    ...(metadata === undefined ? [] : [`resource_metadata="${metadata}"`]),
    ...(token === null ? [] : ['error="invalid_token"']),
  ];
  return new Response(null, {
    status: 401,
    headers: { 'www-authenticate': `Bearer ${parts.join(', ')}`.trim() },
  });
}
