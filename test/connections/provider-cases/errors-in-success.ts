/** Providers that answer 200 and an error in the body: GitHub, Slack. */
import type { ProviderCase } from './case';
import { codeGrant, codeGrantWithVerifier, form, inBody, refreshGrant, withPkce, withoutPkce } from './case';

const githubClient = inBody('GITHUB_CLIENT_SECRET');
const githubToken = 'https://github.com/login/oauth/access_token';

const githubExchange = form(githubToken, { ...codeGrantWithVerifier, ...githubClient });
const githubEntry = {
  section: 'GitHub',
  authorization: ['https://github.com/login/oauth/authorize', { ...withPkce, scope: 'repo,read:user' }],
  refusedCode: {
    status: 200,
    body: {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
      error_uri: '/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/',
    },
  },
} as const;

const github: ProviderCase = {
  ...githubEntry,
  exchange: {
    request: githubExchange,
    answer: { access_token: 'gho_1', scope: 'repo,read:user', token_type: 'bearer' },
    reading: { accessToken: 'gho_1', expiresIn: null, scopes: ['repo', 'read:user'], metadata: null },
  },
  lasting: true,
};

/** Their scopes are in the app's settings, and so none come back. */
const githubApp: ProviderCase = {
  ...githubEntry,
  variant: 'a GitHub App whose tokens expire',
  exchange: {
    request: githubExchange,
    answer: {
      access_token: 'ghu_1',
      expires_in: 28_800,
      refresh_token: 'ghr_1',
      refresh_token_expires_in: 15_897_600,
      scope: '',
      token_type: 'bearer',
    },
    reading: { accessToken: 'ghu_1', expiresIn: 28_800, scopes: ['repo', 'read:user'], metadata: null },
  },
  refresh: {
    request: form(githubToken, { ...refreshGrant('ghr_1'), ...githubClient }),
    answer: {
      access_token: 'ghu_2',
      expires_in: 28_800,
      refresh_token: 'ghr_2',
      refresh_token_expires_in: 15_897_600,
      scope: '',
      token_type: 'bearer',
    },
    reading: { accessToken: 'ghu_2', expiresIn: 28_800, scopes: ['repo', 'read:user'], metadata: null },
    next: 'ghr_2',
  },
  dead: {
    status: 200,
    body: {
      error: 'bad_refresh_token',
      error_description: 'The refresh token passed is incorrect or expired.',
    },
  },
};

const slackClient = inBody('SLACK_CLIENT_SECRET');
const slackToken = 'https://slack.com/api/oauth.v2.access';
const slackScopes = ['channels:history', 'chat:write'];
const slackTeam = { team: { id: 'T9TK3CUKW', name: 'Team' }, enterprise: null, is_enterprise_install: false };
const slackMetadata = { 'team.id': 'T9TK3CUKW' };

const slack: ProviderCase = {
  section: 'Slack',
  authorization: [
    'https://slack.com/oauth/v2/authorize',
    { ...withoutPkce, user_scope: slackScopes.join(',') },
  ],
  exchange: {
    request: form(slackToken, { ...codeGrant, ...slackClient }),
    answer: {
      ok: true,
      app_id: 'A0KRD7HC3',
      authed_user: {
        id: 'U1234',
        scope: slackScopes.join(','),
        access_token: 'xoxe.xoxp-1',
        token_type: 'user',
        refresh_token: 'xoxe-1',
        expires_in: 43_200,
      },
      ...slackTeam,
    },
    reading: { accessToken: 'xoxe.xoxp-1', expiresIn: 43_200, scopes: slackScopes, metadata: slackMetadata },
  },
  refresh: {
    request: form(slackToken, { ...refreshGrant('xoxe-1'), ...slackClient }),
    answer: {
      ok: true,
      app_id: 'A0KRD7HC3',
      access_token: 'xoxe.xoxp-2',
      token_type: 'user',
      scope: slackScopes.join(','),
      refresh_token: 'xoxe-2',
      expires_in: 43_200,
      ...slackTeam,
    },
    reading: { accessToken: 'xoxe.xoxp-2', expiresIn: 43_200, scopes: slackScopes, metadata: slackMetadata },
    next: 'xoxe-2',
  },
  refusedCode: { status: 200, body: { ok: false, error: 'invalid_code' } },
  dead: { status: 200, body: { ok: false, error: 'invalid_refresh_token' } },
  trouble: { status: 429, body: { ok: false, error: 'ratelimited' }, code: 'provider_unavailable' },
};

export const errorInSuccessCases: readonly ProviderCase[] = [github, githubApp, slack];
