/** Providers whose tokens last as long as one knows elsewhere: Notion, Zendesk, Exact Online, Stripe Apps. */
import type { ProviderCase } from './case';
import {
  codeGrant,
  codeGrantWithVerifier,
  form,
  inBasic,
  inBody,
  json,
  refreshGrant,
  secretIn,
  withPkce,
  withoutPkce,
} from './case';

const notionToken = 'https://api.notion.com/v1/oauth/token';
const notionClient = inBasic('NOTION_CLIENT_SECRET');
const notionMetadata = {
  workspace_id: '87a0f1c8-2f5b-4c1f-9d0d-4cbd1dbd9a6b',
  bot_id: 'b3414d65-1224-4d3a-8a1c-cc9d8773drt6',
};
const notionAnswer = {
  token_type: 'bearer',
  ...notionMetadata,
  workspace_name: 'Workspace',
  workspace_icon: null,
  owner: { type: 'user', user: { object: 'user', id: '7aa1c1e9-51b2-4b0d-8e2a-1f5a6f3f2c11' } },
  duplicated_template_id: null,
  request_id: 'c0f6b9d2-8a0e-4c4e-9d6f-2f0d5c6c9f10',
};

const notion: ProviderCase = {
  section: 'Notion',
  authorization: ['https://api.notion.com/v1/oauth/authorize', { ...withoutPkce, owner: 'user' }],
  exchange: {
    request: json(notionToken, codeGrant, notionClient),
    answer: { access_token: 'ntn_1', refresh_token: 'nrt_1', ...notionAnswer },
    reading: { accessToken: 'ntn_1', expiresIn: null, scopes: [], metadata: notionMetadata },
  },
  refresh: {
    request: json(notionToken, refreshGrant('nrt_1'), notionClient),
    answer: { access_token: 'ntn_2', refresh_token: 'nrt_2', ...notionAnswer },
    reading: { accessToken: 'ntn_2', expiresIn: null, scopes: [], metadata: notionMetadata },
    next: 'nrt_2',
  },
  dead: { status: 400, body: { error: 'invalid_grant' } },
};

const zendeskClient = inBody('ZENDESK_CLIENT_SECRET');
const zendeskToken = 'https://acme.zendesk.com/oauth/tokens';
const zendeskLife = { expires_in: '172800' };

const zendesk: ProviderCase = {
  section: 'Zendesk',
  environment: { ZENDESK_SUBDOMAIN: 'acme' },
  authorization: ['https://acme.zendesk.com/oauth/authorizations/new', { ...withPkce, scope: 'read write' }],
  exchange: {
    request: json(zendeskToken, {
      ...codeGrantWithVerifier,
      ...zendeskClient,
      ...zendeskLife,
      scope: 'read write',
    }),
    answer: {
      access_token: 'zendesk-1',
      refresh_token: 'zendesk-r1',
      token_type: 'bearer',
      scope: 'read write',
      expires_in: 172_800,
      refresh_token_expires_in: 7_776_000,
    },
    reading: { accessToken: 'zendesk-1', expiresIn: 172_800, scopes: ['read', 'write'], metadata: null },
  },
  refresh: {
    request: json(zendeskToken, { ...refreshGrant('zendesk-r1'), ...zendeskClient, ...zendeskLife }),
    answer: {
      access_token: 'zendesk-2',
      refresh_token: 'zendesk-r2',
      token_type: 'bearer',
      scope: 'read write',
      expires_in: 172_800,
      refresh_token_expires_in: 7_776_000,
    },
    reading: { accessToken: 'zendesk-2', expiresIn: 172_800, scopes: ['read', 'write'], metadata: null },
    next: 'zendesk-r2',
  },
  dead: { status: 400, body: { error: 'invalid_grant' } },
};

const exactClient = inBody('EXACT_ONLINE_CLIENT_SECRET');
const exactToken = 'https://start.exactonline.nl/api/oauth2/token';

const exactOnline: ProviderCase = {
  section: 'Exact Online',
  authorization: ['https://start.exactonline.nl/api/oauth2/auth', withPkce],
  exchange: {
    request: form(exactToken, { ...codeGrantWithVerifier, ...exactClient }),
    answer: { access_token: 'exact-1', token_type: 'bearer', expires_in: '600', refresh_token: 'exact-r1' },
    reading: { accessToken: 'exact-1', expiresIn: 600, scopes: [], metadata: null },
  },
  refresh: {
    request: form(exactToken, { ...refreshGrant('exact-r1'), ...exactClient }),
    answer: { access_token: 'exact-2', token_type: 'bearer', expires_in: '600', refresh_token: 'exact-r2' },
    reading: { accessToken: 'exact-2', expiresIn: 600, scopes: [], metadata: null },
    next: 'exact-r2',
  },
  late: true,
  dead: {
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'Token is not allowed, because of invalid or empty chainId',
    },
  },
  trouble: {
    status: 400,
    body: { error: 'access_denied', error_description: 'Rate limit exceeded: access_token not expired' },
    code: 'provider_refused',
  },
};

const stripeClient = `Basic ${secretIn('STRIPE_SECRET_KEY')}:`;
const stripeToken = 'https://api.stripe.com/v1/oauth/token';
const stripeMetadata = { stripe_user_id: 'acct_1', livemode: true };
const stripeAnswer = {
  ...stripeMetadata,
  scope: 'stripe_apps',
  stripe_publishable_key: 'pk_live_1',
  token_type: 'bearer',
};

const stripe: ProviderCase = {
  section: 'Stripe Apps',
  authorization: ['https://marketplace.stripe.com/oauth/v2/authorize', withoutPkce],
  exchange: {
    request: form(stripeToken, { grant_type: codeGrant.grant_type, code: codeGrant.code }, stripeClient),
    answer: { access_token: 'stripe-1', refresh_token: 'rt_1', ...stripeAnswer },
    reading: {
      accessToken: 'stripe-1',
      expiresIn: 3600,
      scopes: ['stripe_apps'],
      metadata: stripeMetadata,
    },
  },
  refresh: {
    request: form(stripeToken, refreshGrant('rt_1'), stripeClient),
    answer: { access_token: 'stripe-2', refresh_token: 'rt_2', ...stripeAnswer },
    reading: {
      accessToken: 'stripe-2',
      expiresIn: 3600,
      scopes: ['stripe_apps'],
      metadata: stripeMetadata,
    },
    next: 'rt_2',
  },
  dead: { status: 400, body: { error: 'invalid_grant' } },
};

export const lifetimeCases: readonly ProviderCase[] = [notion, zendesk, exactOnline, stripe];
