/** The kit's provider and a real authorization server, each with the same two clients, so that both can be asked the same. */
import { testConnections } from '../../../src/testing';
import { AuthorizationServer } from '../../setup/authorization-server';
import { declaration } from '../../setup/declarations';

export const REDIRECT_URI = 'https://app.test/connections/one/callback';
export const RESOURCE = 'https://one.test/mcp';
export const SECRET = 'secret-of-env';

export type Fields = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  /** The fields of its JSON; none where the body is empty. */
  readonly fields: Fields;
}

/** A provider in front of a test that is its only client. */
export interface AskedProvider {
  readonly authorizationUrl: string;
  /** @returns what comes back in the callback; rejects where the user is not sent back */
  readonly visit: (authorizationUrl: string) => Promise<string>;
  readonly post: (
    endpoint: 'token' | 'revoke' | 'register',
    body: string,
    headers: Fields,
  ) => Promise<Answer>;
  readonly isLive: (accessToken: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const fields = text.startsWith('{') ? (JSON.parse(text) as Answer['fields']) : {};
  return { status: response.status, fields };
};

export async function kitProvider(): Promise<AskedProvider> {
  const issuer = 'https://login.test/shared';
  const entryOf = (name: string) => ({
    url: `https://${name}.test/mcp`,
    auth_type: 'oauth2',
    oauth_config: {
      issuer,
      client_id: name,
      client_secret_env: 'SECRET',
      token_endpoint_auth_method: 'client_secret_post',
    },
  });
  const { provider, options, close } = await testConnections({
    config: declaration({ one: entryOf('one'), two: entryOf('two') }),
  });
  const fetch = options.fetch!;
  return {
    authorizationUrl: `${issuer}/authorize`,
    visit: (url) => provider.visit(url),
    post: async (endpoint, body, headers) =>
      answerOf(await fetch(`${issuer}/${endpoint}`, { method: 'POST', body, headers })),
    isLive: async (token) =>
      (await fetch(RESOURCE, { headers: { authorization: `Bearer ${token}` } })).status !== 401,
    stop: close,
  };
}

export async function realProvider(): Promise<AskedProvider> {
  const clientOf = (name: string) => ({
    client_id: name,
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [`https://app.test/connections/${name}/callback`],
  });
  const server = await AuthorizationServer.start(60, true, {
    configuration: {
      clients: [clientOf('one'), clientOf('two')],
      pkce: { required: () => true },
      renderError: (ctx, { error }) => void (ctx.body = error),
      allowOmittingSingleRegisteredRedirectUri: false,
      features: {
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => [],
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque' }),
        },
      },
    },
  });
  const paths = { token: '/token', revoke: '/token/revocation', register: '/reg' };
  return {
    authorizationUrl: `${server.issuer}/auth`,
    visit: (url) => server.visit(url),
    post: async (endpoint, body, headers) =>
      answerOf(await fetch(`${server.issuer}${paths[endpoint]}`, { method: 'POST', body, headers })),
    isLive: (token) => server.isLive(token),
    stop: () => server.stop(),
  };
}
