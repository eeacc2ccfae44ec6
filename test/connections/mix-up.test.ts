/**
 * Mix-up (RFC 9700 section 4.4): a hostile server sends a user on to an honest one, so that the honest one's code comes back in
 * a flow of the hostile one. PKCE, state and a client secret do not help: the code must never leave.
 */
import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import type { Connections, ConnectionsOptions } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { ConnectedHost } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';
import { RESOURCE, SERVER } from '../setup/mcp-world';
import { Site, answer } from '../setup/site';

const host = ConnectedHost.forTests('sqlite');
const atEnd = atEndOfTests();
let honest: Site;
let hostile: Site;
/** An authorization server apart from every MCP server. */
let apart: Site;
beforeAll(async () => {
  [honest, hostile, apart] = [await Site.open(atEnd), await Site.open(atEnd), await Site.open(atEnd)];
});

const PUBLIC_URL = 'https://api.example.test/base';
const callbackAt = (name: string) => `${PUBLIC_URL}/connections/${name}/callback`;
/** Metadata of an MCP server that is its own authorization server. */
const metadata = ({ origin }: Site, changes: object = {}) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  registration_endpoint: `${origin}/register`,
  code_challenge_methods_supported: ['S256'],
  ...changes,
});

/** The honest one issues codes for its confidential client, and enforces PKCE and the redirect URI. */
function openHonest(namesItself: boolean) {
  honest.pages.set('/authorize', (response, { path }) => {
    const asked = new URL(path, honest.origin).searchParams;
    const redirectUri = asked.get('redirect_uri') ?? '';
    if (redirectUri !== callbackAt('honest')) return void response.writeHead(400).end();
    const back = new URL(redirectUri);
    const issued = { code: `code for ${asked.get('code_challenge')}`, state: asked.get('state') ?? '' };
    for (const [name, value] of Object.entries(issued)) back.searchParams.set(name, value);
    if (namesItself) back.searchParams.set('iss', honest.origin);
    response.writeHead(302, { location: back.href }).end();
  });
  honest.pages.set('/token', (response, { body }) => {
    const asked = new URLSearchParams(body);
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight = asked.get('code') === `code for ${challenge}` && asked.get('client_secret') === 'secret';
    const tokens = { access_token: 'token of the victim', token_type: 'Bearer' };
    response.writeHead(isRight ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRight ? tokens : { error: 'invalid_grant' }));
  });
}

/** The hostile one sends the victim on with the state of its own flow and the challenge of the attacker's. */
function openHostile(challenge: () => string) {
  hostile.pages.set('/mcp', answer(401));
  hostile.pages.set(`${RESOURCE}/mcp`, {
    resource: `${hostile.origin}/mcp`,
    authorization_servers: [hostile.origin],
  });
  hostile.pages.set(SERVER, metadata(hostile));
  hostile.pages.set('/register', answer(201, { client_id: 'any' }));
  hostile.pages.set('/token', answer(500));
  hostile.pages.set('/authorize', (response, { path }) => {
    const state = new URL(path, hostile.origin).searchParams.get('state') ?? '';
    const to = new URL(`${honest.origin}/authorize`);
    const parameters = {
      client_id: 'host',
      redirect_uri: callbackAt('honest'),
      state,
      code_challenge: challenge(),
    };
    to.search = new URLSearchParams(parameters).toString();
    response.writeHead(302, { location: to.href }).end();
  });
}

/** Follows the redirects of a server to the callback of the host. */
async function visit(address: string): Promise<string> {
  for (let at = address; ;) {
    if (at.startsWith(PUBLIC_URL)) return at;
    at = (await fetch(at, { redirect: 'manual' })).headers.get('location') ?? '';
  }
}

const honestOAuth = () => ({
  client_id: 'host',
  client_secret: 'secret',
  authorize_url: `${honest.origin}/authorize`,
  token_url: `${honest.origin}/token`,
});
const hostileOAuth = () => ({
  client_id: 'any',
  authorize_url: `${hostile.origin}/authorize`,
  token_url: `${hostile.origin}/token`,
});

function connectionsTo(
  oauth: { readonly honest: JsonObject; readonly hostile?: JsonObject },
  options: Partial<ConnectionsOptions> = {},
): Connections {
  const declared = declaration({
    honest: entry({ url: `${honest.origin}/api`, oauth_config: oauth.honest }),
    hostile: entry({
      url: `${hostile.origin}/mcp`,
      ...(oauth.hostile === undefined ? {} : { oauth_config: oauth.hostile }),
    }),
  });
  return host.connections({ publicUrl: PUBLIC_URL, ...options }, declared);
}

describe('A code of an honest server that comes back in the flow of a hostile one', () => {
  beforeEach(() => {
    for (const site of [honest, hostile]) {
      site.pages.clear();
      site.requests.length = 0;
    }
  });
  const shared = { redirect_uri: callbackAt('honest') };

  it.each<[string, boolean, boolean, (() => JsonObject) | undefined, string]>([
    ['the honest one does not name itself', false, false, undefined, 'redirect_uri_mismatch'],
    ['the honest one declares an issuer', false, true, undefined, 'redirect_uri_mismatch'],
    ['the honest one names itself', true, false, undefined, 'redirect_uri_mismatch'],
    ['the hostile one is declared', true, false, hostileOAuth, 'redirect_uri_mismatch'],
    [
      'both have one redirect URI, and the honest one names itself',
      true,
      false,
      () => ({ ...hostileOAuth(), ...shared }),
      'issuer_mismatch',
    ],
    [
      'both have one redirect URI, and the honest one declares its issuer and names itself',
      true,
      true,
      () => ({ ...hostileOAuth(), ...shared }),
      'issuer_mismatch',
    ],
  ])('goes nowhere where %s', async (_what, namesItself, declaresIssuer, declared, code) => {
    let challenge = '';
    openHonest(namesItself);
    openHostile(() => challenge);
    const connections = connectionsTo({
      honest: { ...honestOAuth(), ...(declaresIssuer ? { issuer: honest.origin } : {}) },
      ...(declared ? { hostile: declared() } : {}),
    });
    // The attacker's own flow at the honest server, kept open to inject the code into.
    const attackers = new URL((await connections.authorize('attacker', 'honest')).authorizationUrl);
    challenge = attackers.searchParams.get('code_challenge') ?? '';
    const { authorizationUrl } = await connections.authorize('victim', 'hostile');
    const callback = await visit(authorizationUrl);
    expect(new URL(callback).searchParams.get('code')).toBe(`code for ${challenge}`);

    expect(await codeOf(connections.complete(callback, { userId: 'victim' }))).toBe(code);

    expect(hostile.requests.filter(({ path }) => path === '/token')).toEqual([]);
    expect(await host.rows.countBy({ userId: 'attacker' })).toBe(0);
  });

  it('is refused by the name that the route has, too', async () => {
    openHonest(false);
    openHostile(() => 'any');
    const connections = connectionsTo({ honest: honestOAuth() });
    const { authorizationUrl } = await connections.authorize('victim', 'hostile');
    const { search } = new URL(await visit(authorizationUrl));
    const route = { userId: 'victim', connectionName: 'honest' };
    expect(await codeOf(connections.complete(`/rewritten${search}`, route))).toBe('redirect_uri_mismatch');
    expect(hostile.requests.filter(({ path }) => path === '/token')).toEqual([]);
  });
});

describe('A callback', () => {
  const flow = async (options: Partial<ConnectionsOptions> = {}, changes: JsonObject = {}) => {
    openHonest(false);
    const connections = connectionsTo({ honest: { ...honestOAuth(), ...changes } }, options);
    const url = new URL((await connections.authorize('ada', 'honest')).authorizationUrl);
    const challenge = url.searchParams.get('code_challenge');
    const query = new URLSearchParams({
      code: `code for ${challenge}`,
      state: url.searchParams.get('state') ?? '',
    });
    return { connections, query: query.toString() };
  };

  it.each([
    ['at another host', 'http://10.1.2.3:8080/base/connections/honest/callback'],
    ['without the path of `publicUrl`, which a proxy removed', '/connections/honest/callback'],
    ['with a name that a proxy has encoded in another way', '/base/connections/%68onest/callback'],
  ])('is taken %s', async (_what, place) => {
    const { connections, query } = await flow();
    expect(await codeOf(connections.complete(`${place}?${query}`, { userId: 'ada' }))).toBe('fine');
  });

  it.each([
    ['of another connection', '/base/connections/hostile/callback'],
    ['that is cut', '/honest/callback'],
    ['with more in front', '/more/base/connections/honest/callback'],
    ['with a slash more', '/base/connections/honest/callback/'],
    ['that is nothing but a query', ''],
  ])('is not taken at a path %s', async (_what, place) => {
    const { connections, query } = await flow();
    const error: unknown = await connections
      .complete(`${place}?${query}`, { userId: 'ada' })
      .catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: 'redirect_uri_mismatch',
      connectionName: 'honest',
      account: 'default',
    });
    expect((error as Error).message).not.toContain('code for');
  });

  it('is taken wherever the host says whose it is', async () => {
    const { connections, query } = await flow();
    const route = { userId: 'ada', connectionName: 'honest' };
    expect(await codeOf(connections.complete(`/rewritten?${query}`, route))).toBe('fine');
  });

  it('may leave out the issuer that the declaration names, and must not name another', async () => {
    const issuer = { issuer: honest.origin };
    const silent = await flow({}, issuer);
    const at = callbackAt('honest');
    expect(await codeOf(silent.connections.complete(`${at}?${silent.query}`, { userId: 'ada' }))).toBe(
      'fine',
    );
    const other = await flow({}, issuer);
    const named = `${at}?${other.query}&iss=${encodeURIComponent('https://evil.test')}`;
    expect(await codeOf(other.connections.complete(named, { userId: 'ada' }))).toBe('issuer_mismatch');
  });

  it('may name an issuer that nobody knows where none is declared', async () => {
    const { connections, query } = await flow();
    const named = `${callbackAt('honest')}?${query}&iss=${encodeURIComponent('https://unknown.test')}`;
    expect(await codeOf(connections.complete(named, { userId: 'ada' }))).toBe('fine');
  });
});

describe('A server that names endpoints of another connection', () => {
  beforeEach(() => {
    for (const site of [honest, hostile]) site.pages.clear();
    openHostile(() => 'any');
  });
  const trust = () => ({ trustedOrigins: { [honest.origin]: ['hostile'] } });

  it.each([
    ['declared', 'authorization_endpoint', '/authorize'],
    ['declared', 'token_endpoint', '/token'],
    ['declared', 'registration_endpoint', '/token'],
  ])('is refused where the other is %s: %s', async (_what, field, path) => {
    hostile.pages.set(SERVER, metadata(hostile, { [field]: `${honest.origin}${path}` }));
    const trusting = connectionsTo({ honest: honestOAuth() }, trust());
    await expect(trusting.authorize('victim', 'hostile')).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringMatching(
        /"honest".*declare its `authorize_url`, `token_url` and `client_id` for both/s,
      ),
    });
    const both = connectionsTo({ honest: honestOAuth(), hostile: honestOAuth() }, trust());
    expect(await codeOf(both.authorize('victim', 'hostile'))).toBe('fine');
    expect(await codeOf(both.authorize('victim', 'honest'))).toBe('fine');
  });

  it.each([
    ['has been discovered', true],
    ['has not been discovered yet, and may be its own authorization server', false],
  ])('is refused where the other %s', async (_what, isDiscovered) => {
    honest.pages.set('/api', answer(401));
    honest.pages.set(SERVER, metadata(honest));
    honest.pages.set('/register', answer(201, { client_id: 'host' }));
    hostile.pages.set(SERVER, metadata(hostile, { authorization_endpoint: `${honest.origin}/authorize` }));
    const connections = connectionsTo({ honest: {} }, trust());
    if (isDiscovered) await connections.authorize('victim', 'honest');
    expect(await codeOf(connections.authorize('victim', 'hostile'))).toBe('discovery_failed');
    // And the one whose endpoints they are is not kept out by what the other says.
    expect(await codeOf(connections.authorize('victim', 'honest'))).toBe('fine');
  });

  it('keeps no other from its own server by naming it first', async () => {
    apart.pages.set(SERVER, metadata(apart));
    apart.pages.set('/register', answer(201, { client_id: 'host' }));
    honest.pages.set(`${RESOURCE}/api`, {
      resource: `${honest.origin}/api`,
      authorization_servers: [apart.origin],
    });
    hostile.pages.set(SERVER, metadata(hostile, { authorization_endpoint: `${apart.origin}/authorize` }));
    const trustedOrigins = { [apart.origin]: ['honest', 'hostile'] };
    const connections = connectionsTo({ honest: {} }, { trustedOrigins });
    expect(await codeOf(connections.authorize('victim', 'hostile'))).toBe('fine');
    expect(await codeOf(connections.authorize('ada', 'honest'))).toBe('fine');
    expect(await codeOf(connections.authorize('victim', 'hostile'))).toBe('discovery_failed');
  });

  it('is taken where the whole server is the same', async () => {
    honest.pages.set(SERVER, metadata(honest));
    honest.pages.set('/register', answer(201, { client_id: 'host' }));
    hostile.pages.set(`${RESOURCE}/mcp`, {
      resource: `${hostile.origin}/mcp`,
      authorization_servers: [honest.origin],
    });
    const connections = connectionsTo({ honest: { ...honestOAuth(), issuer: honest.origin } }, trust());
    expect(await codeOf(connections.authorize('ada', 'hostile'))).toBe('fine');
  });
});
