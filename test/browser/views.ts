/** Views of every state, for the screenshots and for what is checked of each state. */
import type { AccountJson, ConnectionJson } from '../../src/http/json';
import type { Notice, PageView } from '../../src/http/page/view';
import { accountJson, connectionJson } from '../http/connections-json';

const connection = (
  display_name: string,
  description: string | null,
  accounts: readonly AccountJson[] = [],
  icon_url: string | null = null,
): ConnectionJson =>
  connectionJson({
    name: display_name.toLowerCase().replaceAll(' ', '-'),
    display_name,
    description,
    icon_url,
    has_refresh_token: accounts.some((one) => one.has_refresh_token),
    accounts,
  });

/** Where the pictures of these views are; `icons.ts` answers there. */
export const ICONS = 'https://icons.example.test';
const iconOf = (shape: string) => `${ICONS}/${shape}.svg`;

const usualConnections: readonly ConnectionJson[] = [
  connection(
    'Calendar',
    'Finds free times and books meetings.',
    [accountJson({ scopes: 'events.read events.write freebusy' })],
    iconOf('square'),
  ),
  connection(
    'Code Hosting',
    'Reads repositories, issues and pull requests, and comments on them.',
    [
      accountJson({ account: 'work', scopes: 'repo read:org' }),
      accountJson({
        account: 'private',
        has_refresh_token: false,
        expires_at: '2026-12-24T17:00:00.000Z',
        scopes: 'repo',
      }),
    ],
    iconOf('ring'),
  ),
  connection(
    'Issue Tracker',
    'Searches issues, creates them and moves them across boards.',
    [accountJson({ status: 'reauthorization_required', reason: 'invalid_grant', has_refresh_token: false })],
    iconOf('triangle'),
  ),
  connection('Mail', 'Searches messages and drafts answers.', [
    accountJson({ scopes: null, expires_at: null }),
  ]),
  connection('Chat', 'Posts messages to channels.', [], iconOf('drop')),
  connection('Documents', 'Reads and writes pages of the team’s wiki.'),
  connection('Payments', 'Looks up customers, invoices and refunds.', [], iconOf('bars')),
  connection('Storage', null, [], iconOf('missing')),
];

const brokenConnections: readonly ConnectionJson[] = [
  connection(
    'Calendar',
    'Finds free times and books meetings.',
    [
      accountJson({
        status: 'provider_unavailable',
        since: '2026-11-26T13:05:00.000Z',
        retry_at: '2026-11-26T14:20:00.000Z',
      }),
    ],
    iconOf('square'),
  ),
  connection(
    'Code Hosting',
    'Reads repositories, issues and pull requests, and comments on them.',
    [
      accountJson({
        account: 'work',
        status: 'reauthorization_required',
        reason: 'expired',
        has_refresh_token: false,
        expires_at: '2026-11-20T10:00:00.000Z',
      }),
      accountJson({
        account: 'private',
        status: 'reauthorization_required',
        reason: 'configuration_changed',
        has_refresh_token: false,
      }),
    ],
    iconOf('ring'),
  ),
  connection(
    'Issue Tracker',
    'Searches issues, creates them and moves them across boards.',
    [accountJson({ status: 'reauthorization_required', reason: 'invalid_grant', has_refresh_token: false })],
    iconOf('triangle'),
  ),
  connection('Mail', 'Searches messages and drafts answers.', [accountJson({ status: 'token_refused' })]),
  connection(
    'Documents',
    'Reads and writes pages of the team’s wiki.',
    [accountJson({ status: 'key_missing' })],
    iconOf('missing'),
  ),
];

const long = 'Extraordinarily'.repeat(8);
const hostileConnections: readonly ConnectionJson[] = [
  connection(
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)> ${'word '.repeat(200)}`,
    [
      accountJson({
        account: `'"><b>${'long'.repeat(60)}`,
        scopes: Array.from({ length: 40 }, (_, index) => `https://api.example.test/auth/scope.${index}`).join(
          ' ',
        ),
      }),
    ],
    'javascript:alert(1)',
  ),
  connection(
    long,
    long,
    [accountJson({ account: long, status: 'reauthorization_required', reason: 'refused' })],
    'https://icons.example.test/"onerror="alert(1)',
  ),
  connection('‮hostile override', 'text that stays in its place'),
  connection('التقويم والبريد', 'يقرأ الرسائل ويكتب المسودات.', [accountJson({ account: 'عمل' })]),
  connection('👩🏽‍🚀 Space', '🚀🚀🚀'),
  connection('   ', ''),
  connection('a/b?c#d%', 'A name that is no part of a path.'),
];

const notice: Notice = { kind: 'connected', connectionName: 'calendar' };
const failure: Notice = {
  kind: 'failed',
  connectionName: 'chat',
  text: 'Chat was not connected: you did not allow it there. You can try again.',
};

/** By name. */
export const views = {
  usual: { connections: usualConnections, notice },
  broken: { connections: brokenConnections, notice: failure },
  empty: { connections: [], notice: null },
  untouched: { connections: usualConnections.slice(4), notice: null },
  hostile: { connections: hostileConnections, notice: { ...failure, text: `<b>${long}</b>` } },
  many: {
    connections: Array.from({ length: 200 }, (_, index) =>
      connection(`Service ${index}`, 'Does what it does.', index % 3 === 0 ? [accountJson()] : []),
    ),
    notice: null,
  },
} satisfies Record<string, PageView>;
