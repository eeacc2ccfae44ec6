/** Providers that give a refresh token only when it is asked for: Google, Atlassian, Dropbox, Reddit. */
import type { ProviderCase } from './case';
import { codeGrantWithVerifier, form, inBasic, inBody, json, refreshGrant, withPkce } from './case';

const calendar = 'https://www.googleapis.com/auth/calendar.readonly';
const googleClient = inBody('GOOGLE_CLIENT_SECRET', 'your-client-id.apps.googleusercontent.com');
const googleToken = 'https://oauth2.googleapis.com/token';

const google: ProviderCase = {
  section: 'Google',
  authorization: [
    'https://accounts.google.com/o/oauth2/v2/auth',
    {
      ...withPkce,
      client_id: googleClient.client_id,
      scope: `openid ${calendar}`,
      access_type: 'offline',
      prompt: 'consent',
    },
  ],
  exchange: {
    request: form(googleToken, { ...codeGrantWithVerifier, ...googleClient }),
    answer: {
      access_token: 'ya29.first',
      expires_in: 3599,
      refresh_token: '1//first',
      scope: `${calendar} openid`,
      token_type: 'Bearer',
      id_token: 'e30.e30.e30',
    },
    reading: { accessToken: 'ya29.first', expiresIn: 3599, scopes: [calendar, 'openid'], metadata: null },
  },
  refresh: {
    request: form(googleToken, { ...refreshGrant('1//first'), ...googleClient }),
    answer: {
      access_token: 'ya29.second',
      expires_in: 3599,
      scope: `${calendar} openid`,
      token_type: 'Bearer',
    },
    reading: { accessToken: 'ya29.second', expiresIn: 3599, scopes: [calendar, 'openid'], metadata: null },
    next: '1//first',
  },
  dead: {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
  },
  revocation: form('https://oauth2.googleapis.com/revoke', {
    token: '1//first',
    token_type_hint: 'refresh_token',
    ...googleClient,
  }),
};

const atlassianClient = inBody('ATLASSIAN_CLIENT_SECRET');
const atlassianToken = 'https://auth.atlassian.com/oauth/token';
const jira = ['read:jira-work', 'read:jira-user', 'offline_access'];

const atlassian: ProviderCase = {
  section: 'Atlassian',
  authorization: [
    'https://auth.atlassian.com/authorize',
    { ...withPkce, scope: jira.join(' '), audience: 'api.atlassian.com', prompt: 'consent' },
  ],
  exchange: {
    request: json(atlassianToken, { ...codeGrantWithVerifier, ...atlassianClient }),
    answer: {
      access_token: 'atlassian-1',
      refresh_token: 'rotating-1',
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'offline_access read:jira-user read:jira-work',
    },
    reading: { accessToken: 'atlassian-1', expiresIn: 3600, scopes: jira.toReversed(), metadata: null },
  },
  refresh: {
    request: json(atlassianToken, { ...refreshGrant('rotating-1'), ...atlassianClient }),
    answer: {
      access_token: 'atlassian-2',
      refresh_token: 'rotating-2',
      expires_in: 3600,
      scope: 'offline_access read:jira-user read:jira-work',
    },
    reading: { accessToken: 'atlassian-2', expiresIn: 3600, scopes: jira.toReversed(), metadata: null },
    next: 'rotating-2',
  },
  dead: {
    status: 403,
    body: { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
  },
};

const atlassianBlamingTheClient: ProviderCase = {
  ...atlassian,
  variant: 'which blames the client for a refresh token that has ended',
  dead: {
    status: 403,
    body: { error: 'unauthorized_client', error_description: 'refresh_token is invalid' },
  },
};

const dropboxClient = inBody('DROPBOX_APP_SECRET', 'your-app-key');
const dropboxToken = 'https://api.dropboxapi.com/oauth2/token';
const files = ['account_info.read', 'files.metadata.read'];

const dropbox: ProviderCase = {
  section: 'Dropbox',
  authorization: [
    'https://www.dropbox.com/oauth2/authorize',
    { ...withPkce, client_id: 'your-app-key', scope: files.join(' '), token_access_type: 'offline' },
  ],
  exchange: {
    request: form(dropboxToken, { ...codeGrantWithVerifier, ...dropboxClient }),
    answer: {
      access_token: 'sl.first',
      expires_in: 14_400,
      token_type: 'bearer',
      scope: files.join(' '),
      refresh_token: 'dropbox-lasting',
      account_id: 'dbid:AAH4f99',
      uid: '12345',
    },
    reading: { accessToken: 'sl.first', expiresIn: 14_400, scopes: files, metadata: null },
  },
  refresh: {
    request: form(dropboxToken, { ...refreshGrant('dropbox-lasting'), ...dropboxClient }),
    answer: { access_token: 'sl.second', expires_in: 14_400, token_type: 'bearer' },
    reading: { accessToken: 'sl.second', expiresIn: 14_400, scopes: files, metadata: null },
    next: 'dropbox-lasting',
  },
  dead: {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'refresh token is invalid or revoked' },
  },
};

const redditToken = 'https://www.reddit.com/api/v1/access_token';
const redditClient = inBasic('REDDIT_CLIENT_SECRET');

const reddit: ProviderCase = {
  section: 'Reddit',
  authorization: [
    'https://www.reddit.com/api/v1/authorize',
    { ...withPkce, scope: 'identity read', duration: 'permanent' },
  ],
  exchange: {
    request: form(redditToken, codeGrantWithVerifier, redditClient),
    answer: {
      access_token: 'reddit-1',
      token_type: 'bearer',
      expires_in: 3600,
      scope: 'identity read',
      refresh_token: 'reddit-lasting',
    },
    reading: { accessToken: 'reddit-1', expiresIn: 3600, scopes: ['identity', 'read'], metadata: null },
  },
  refresh: {
    request: form(redditToken, refreshGrant('reddit-lasting'), redditClient),
    answer: { access_token: 'reddit-2', token_type: 'bearer', expires_in: 3600, scope: 'identity read' },
    reading: { accessToken: 'reddit-2', expiresIn: 3600, scopes: ['identity', 'read'], metadata: null },
    next: 'reddit-lasting',
  },
  revocation: form(
    'https://www.reddit.com/api/v1/revoke_token',
    { token: 'reddit-lasting', token_type_hint: 'refresh_token' },
    redditClient,
  ),
};

export const offlineCases: readonly ProviderCase[] = [
  google,
  atlassian,
  atlassianBlamingTheClient,
  dropbox,
  reddit,
];
