/** Providers that say beside the tokens where these are for: Salesforce, QuickBooks, HubSpot. */
import type { ProviderCase } from './case';
import { codeGrantWithVerifier, form, inBasic, inBody, refreshGrant, withPkce } from './case';

const salesforceClient = inBody('SALESFORCE_CLIENT_SECRET', 'your-consumer-key');
const salesforceToken = 'https://login.salesforce.com/services/oauth2/token';
const salesforceInstance = { instance_url: 'https://acme.my.salesforce.com' };
const salesforceAnswer = {
  signature: 'c2lnbmF0dXJl',
  scope: 'refresh_token api',
  ...salesforceInstance,
  id: 'https://login.salesforce.com/id/00D50000000IZ3ZEAW/00550000001fg5OAAQ',
  token_type: 'Bearer',
  issued_at: '1558553873237',
};
const salesforceReading = {
  expiresIn: 7200,
  scopes: ['refresh_token', 'api'],
  metadata: salesforceInstance,
};

const salesforce: ProviderCase = {
  section: 'Salesforce',
  environment: { SALESFORCE_DOMAIN: 'acme' },
  authorization: [
    'https://login.salesforce.com/services/oauth2/authorize',
    { ...withPkce, client_id: 'your-consumer-key', scope: 'api refresh_token' },
  ],
  exchange: {
    request: form(salesforceToken, { ...codeGrantWithVerifier, ...salesforceClient }),
    answer: { access_token: '00D!first', refresh_token: '5Aep-lasting', ...salesforceAnswer },
    reading: { accessToken: '00D!first', ...salesforceReading },
  },
  refresh: {
    request: form(salesforceToken, { ...refreshGrant('5Aep-lasting'), ...salesforceClient }),
    answer: { access_token: '00D!second', ...salesforceAnswer },
    reading: { accessToken: '00D!second', ...salesforceReading },
    next: '5Aep-lasting',
  },
  dead: {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'expired access/refresh token' },
  },
  revocation: form('https://login.salesforce.com/services/oauth2/revoke', {
    token: '5Aep-lasting',
    token_type_hint: 'refresh_token',
    ...salesforceClient,
  }),
};

const intuitToken = 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer';
const intuitClient = inBasic('QUICKBOOKS_CLIENT_SECRET');
const accounting = ['com.intuit.quickbooks.accounting'];
const realm = { realmId: '9341453474484455' };

const quickbooks: ProviderCase = {
  section: 'QuickBooks',
  authorization: [
    'https://appcenter.intuit.com/connect/oauth2',
    { ...withPkce, scope: accounting.join(' ') },
  ],
  callback: realm,
  exchange: {
    request: form(intuitToken, codeGrantWithVerifier, intuitClient),
    answer: {
      access_token: 'intuit-1',
      refresh_token: 'AB11-first',
      token_type: 'bearer',
      expires_in: 3600,
      x_refresh_token_expires_in: 8_726_400,
    },
    reading: { accessToken: 'intuit-1', expiresIn: 3600, scopes: accounting, metadata: realm },
  },
  refresh: {
    request: form(intuitToken, refreshGrant('AB11-first'), intuitClient),
    answer: {
      access_token: 'intuit-2',
      refresh_token: 'AB11-second',
      token_type: 'bearer',
      expires_in: 3600,
      x_refresh_token_expires_in: 8_640_000,
    },
    reading: { accessToken: 'intuit-2', expiresIn: 3600, scopes: accounting, metadata: realm },
    next: 'AB11-second',
  },
  dead: { status: 400, body: { error: 'invalid_grant' } },
  revocation: form(
    'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
    { token: 'AB11-first', token_type_hint: 'refresh_token' },
    intuitClient,
  ),
};

const hubspotToken = 'https://api.hubapi.com/oauth/v3/token';
const hubspotClient = inBody('HUBSPOT_CLIENT_SECRET');
const hubspotScopes = ['oauth', 'crm.objects.contacts.read'];
const hubspotAnswer = {
  token_type: 'bearer',
  refresh_token: 'hubspot-lasting',
  expires_in: 1800,
  hub_id: 62_515,
  user_id: 123,
  scopes: hubspotScopes,
};
const hubspotReading = { expiresIn: 1800, scopes: hubspotScopes, metadata: { hub_id: 62_515 } };

const hubspot: ProviderCase = {
  section: 'HubSpot',
  authorization: ['https://app.hubspot.com/oauth/authorize', { ...withPkce, scope: hubspotScopes.join(' ') }],
  exchange: {
    request: form(hubspotToken, { ...codeGrantWithVerifier, ...hubspotClient }),
    answer: { access_token: 'hubspot-1', ...hubspotAnswer },
    reading: { accessToken: 'hubspot-1', ...hubspotReading },
  },
  refresh: {
    request: form(hubspotToken, { ...refreshGrant('hubspot-lasting'), ...hubspotClient }),
    answer: { access_token: 'hubspot-2', ...hubspotAnswer },
    reading: { accessToken: 'hubspot-2', ...hubspotReading },
    next: 'hubspot-lasting',
  },
  refusedCode: { status: 400, body: { status: 'BAD_AUTH_CODE', message: 'missing or unknown auth code' } },
  dead: {
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'refresh token is invalid, expired or revoked',
      status: 'BAD_REFRESH_TOKEN',
      message: 'refresh token is invalid, expired or revoked',
    },
  },
};

const hubspotBefore: ProviderCase = {
  ...hubspot,
  variant: 'as version 1 answers',
  dead: {
    status: 400,
    body: { status: 'BAD_REFRESH_TOKEN', message: 'missing or unknown refresh token' },
  },
};

export const capturedCases: readonly ProviderCase[] = [salesforce, quickbooks, hubspot, hubspotBefore];
