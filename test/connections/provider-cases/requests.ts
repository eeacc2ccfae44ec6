/** Providers that want requests of another shape than most: Microsoft Entra, Figma, Linear, LinkedIn. */
import type { ProviderCase } from './case';
import {
  codeGrant,
  codeGrantWithVerifier,
  form,
  inBasic,
  inBody,
  refreshGrant,
  withPkce,
  withoutPkce,
} from './case';

const entraClient = inBody('ENTRA_CLIENT_SECRET');
const tenant = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490';
const entra2 = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`;
const mail = 'https://graph.microsoft.com/Mail.Read';
const entraReading = { expiresIn: 3599, scopes: [mail], metadata: null };

const entra: ProviderCase = {
  section: 'Microsoft Entra',
  environment: { ENTRA_TENANT: tenant },
  authorization: [`${entra2}/authorize`, { ...withPkce, scope: `offline_access ${mail}` }],
  exchange: {
    request: form(`${entra2}/token`, { ...codeGrantWithVerifier, ...entraClient }),
    answer: {
      access_token: 'eyJ0.first',
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      scope: mail,
      refresh_token: 'AwABAAAAv-1',
    },
    reading: { accessToken: 'eyJ0.first', ...entraReading },
  },
  refresh: {
    request: form(`${entra2}/token`, {
      ...refreshGrant('AwABAAAAv-1'),
      ...entraClient,
      scope: `offline_access ${mail}`,
    }),
    answer: {
      access_token: 'eyJ0.second',
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      scope: mail,
      refresh_token: 'AwABAAAAv-2',
    },
    reading: { accessToken: 'eyJ0.second', ...entraReading },
    next: 'AwABAAAAv-2',
  },
  dead: {
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'AADSTS700082: The refresh token has expired due to inactivity.',
      error_codes: [700_082],
      timestamp: '2026-01-09 02:02:12Z',
      trace_id: '0000aaaa-11bb-cccc-dd22-eeeeee333333',
      correlation_id: 'aaaa0000-bb11-2222-33cc-444444dddddd',
    },
  },
};

const figmaClient = inBasic('FIGMA_CLIENT_SECRET');
const designs = ['current_user:read', 'file_content:read'];

const figma: ProviderCase = {
  section: 'Figma',
  authorization: ['https://www.figma.com/oauth', { ...withPkce, scope: designs.join(',') }],
  exchange: {
    request: form('https://api.figma.com/v1/oauth/token', codeGrantWithVerifier, figmaClient),
    answer: {
      user_id_string: '1234567890',
      access_token: 'figu_1',
      token_type: 'bearer',
      expires_in: 7_776_000,
      refresh_token: 'figur_lasting',
    },
    reading: { accessToken: 'figu_1', expiresIn: 7_776_000, scopes: designs, metadata: null },
  },
  refresh: {
    request: form('https://api.figma.com/v1/oauth/refresh', refreshGrant('figur_lasting'), figmaClient),
    answer: { access_token: 'figu_2', token_type: 'bearer', expires_in: 7_776_000 },
    reading: { accessToken: 'figu_2', expiresIn: 7_776_000, scopes: designs, metadata: null },
    next: 'figur_lasting',
  },
};

const linearClient = inBody('LINEAR_CLIENT_SECRET');
const linearToken = 'https://api.linear.app/oauth/token';
const linearReading = { expiresIn: 86_399, scopes: ['read', 'issues:create'], metadata: null };

const linear: ProviderCase = {
  section: 'Linear',
  authorization: ['https://linear.app/oauth/authorize', { ...withoutPkce, scope: 'read,issues:create' }],
  exchange: {
    request: form(linearToken, { ...codeGrant, ...linearClient }),
    answer: {
      access_token: 'lin_1',
      token_type: 'Bearer',
      expires_in: 86_399,
      scope: 'read issues:create',
      refresh_token: 'lin_r1',
    },
    reading: { accessToken: 'lin_1', ...linearReading },
  },
  refresh: {
    request: form(linearToken, { ...refreshGrant('lin_r1'), ...linearClient }),
    answer: {
      access_token: 'lin_2',
      token_type: 'Bearer',
      expires_in: 86_399,
      scope: 'read issues:create',
      refresh_token: 'lin_r2',
    },
    reading: { accessToken: 'lin_2', ...linearReading },
    next: 'lin_r2',
  },
  dead: { status: 400, body: { error: 'invalid_grant' } },
};

const linkedinClient = inBody('LINKEDIN_CLIENT_SECRET');
const linkedinToken = 'https://www.linkedin.com/oauth/v2/accessToken';
const linkedinScopes = ['openid', 'profile', 'w_member_social'];

const linkedin: ProviderCase = {
  section: 'LinkedIn',
  authorization: [
    'https://www.linkedin.com/oauth/v2/authorization',
    { ...withoutPkce, scope: linkedinScopes.join(' ') },
  ],
  exchange: {
    request: form(linkedinToken, { ...codeGrant, ...linkedinClient }),
    answer: {
      access_token: 'AQX-1',
      expires_in: 5_184_000,
      refresh_token: 'AQW-lasting',
      refresh_token_expires_in: 31_536_000,
      scope: linkedinScopes.join(' '),
    },
    reading: { accessToken: 'AQX-1', expiresIn: 5_184_000, scopes: linkedinScopes, metadata: null },
  },
  refresh: {
    request: form(linkedinToken, { ...refreshGrant('AQW-lasting'), ...linkedinClient }),
    answer: {
      access_token: 'AQX-2',
      expires_in: 5_184_000,
      refresh_token: 'AQW-lasting',
      refresh_token_expires_in: 26_352_000,
      scope: linkedinScopes.join(' '),
    },
    reading: { accessToken: 'AQX-2', expiresIn: 5_184_000, scopes: linkedinScopes, metadata: null },
    next: 'AQW-lasting',
  },
};

export const requestCases: readonly ProviderCase[] = [entra, figma, linear, linkedin];
