/** A client of a provider, honest unless a test changes what it sends. */
import type { Answer, AskedProvider, Fields } from './two-providers';
import { REDIRECT_URI, SECRET } from './two-providers';

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_BODY = { 'content-type': 'application/json' };
const ONE = { client_id: 'one', client_secret: SECRET };
export const TWO = { client_id: 'two', client_secret: SECRET };
// RFC 7636 appendix B.
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

/** An empty text stands for a parameter that is left out. */
export class Client {
  constructor(private readonly provider: AskedProvider) {}

  /** @returns the query of the callback */
  async authorize(changes: Fields = {}): Promise<URLSearchParams> {
    const url = new URL(this.provider.authorizationUrl);
    const query = {
      response_type: 'code',
      client_id: 'one',
      redirect_uri: REDIRECT_URI,
      scope: 'openid offline_access read',
      prompt: 'consent',
      state: 'any',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...changes,
    };
    for (const [name, value] of Object.entries(query)) if (value !== '') url.searchParams.set(name, value);
    return new URL(await this.provider.visit(url.href)).searchParams;
  }

  async code(changes: Fields = {}): Promise<Fields> {
    return {
      ...ONE,
      grant_type: 'authorization_code',
      code: (await this.authorize(changes)).get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
    };
  }

  async tokens(changes: Fields = {}): Promise<{ access: string; refresh: string }> {
    const resource: Fields = changes['resource'] === undefined ? {} : { resource: changes['resource'] };
    const { fields } = await this.ask({ ...(await this.code(changes)), ...resource });
    return { access: String(fields['access_token']), refresh: String(fields['refresh_token']) };
  }

  ask(fields: Fields, headers: Fields = {}): Promise<Answer> {
    return this.send('token', fields, headers);
  }

  refresh(refreshToken: string, changes: Fields = {}): Promise<Answer> {
    return this.ask({ ...ONE, grant_type: 'refresh_token', refresh_token: refreshToken, ...changes });
  }

  revoke(token: string, changes: Fields = {}): Promise<Answer> {
    return this.send('revoke', { ...ONE, token, ...changes });
  }

  register(metadata: unknown): Promise<Answer> {
    return this.provider.post('register', JSON.stringify(metadata), JSON_BODY);
  }

  post(body: string, headers: Fields): Promise<Answer> {
    return this.provider.post('token', body, headers);
  }

  isLive(accessToken: string): Promise<boolean> {
    return this.provider.isLive(accessToken);
  }

  private send(endpoint: 'token' | 'revoke', fields: Fields, headers: Fields = {}): Promise<Answer> {
    const sent = Object.entries(fields).filter(([, value]) => value !== '');
    return this.provider.post(endpoint, new URLSearchParams(sent).toString(), { ...FORM, ...headers });
  }
}

/** As in `400 invalid_grant`. */
export const short = ({ status, fields }: Answer) => `${status} ${fields['error'] ?? 'fine'}`;

/** What a test does, and what both providers answer, in order. */
export type Case = readonly [title: string, run: (client: Client) => Promise<unknown[]>, answers: unknown[]];
