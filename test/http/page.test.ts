import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PageOptions } from '../../src/http/page/options';
import { renderPage } from '../../src/http/page/render';
import type { PageView } from '../../src/http/page/view';
import { accountJson, connectionJson } from './connections-json';

const rendered = (view: Partial<PageView>, options: PageOptions = {}) =>
  renderPage({ connections: [], notice: null, ...view }, options);
const htmlOf = (view: Partial<PageView>, options: PageOptions = {}) => rendered(view, options).html;

/** What a reader sees: without the head, the tags and the white space between. */
const readable = (page: string) =>
  page
    .replace(/^[\s\S]*<\/head>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const formsOf = (page: string) =>
  [...page.matchAll(/<form method="post" action="([^"]*)"[\s\S]*?<\/form>/g)].map(([form, action]) => ({
    action,
    fields: Object.fromEntries(
      [...(form ?? '').matchAll(/name="([^"]*)"\s+value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ),
    label: readable(form ?? ''),
    isMain: form.includes('class="main"'),
  }));

describe('the page of connections', () => {
  it('offers to connect what the user has no account at', () => {
    const page = htmlOf({ connections: [connectionJson({ name: 'github', display_name: 'GitHub' })] });
    expect(formsOf(page)).toEqual([
      { action: './github/connect', fields: {}, label: 'Connect', isMain: false },
    ]);
    expect(readable(page)).toContain('GitHub');
    expect(readable(page)).toContain('Not connected');
    expect(readable(page)).not.toContain('Your connections');
  });

  it('names the account in the forms of each account', () => {
    const accounts = [accountJson({ account: 'work' }), accountJson({ account: 'private' })];
    const page = htmlOf({ connections: [connectionJson({ accounts })] });
    expect(formsOf(page)).toMatchObject([
      { action: './github/disconnect', fields: { account: 'work' } },
      { action: './github/disconnect', fields: { account: 'private' } },
    ]);
  });

  it.each([
    ['connected', null, 'Connected', ['Disconnect']],
    ['provider_unavailable', null, 'Not available right now', ['Disconnect']],
    ['key_missing', null, 'Being repaired', ['Disconnect']],
    ['token_refused', null, 'Access refused', ['Reconnect', 'Disconnect']],
    ['reauthorization_required', 'expired', 'has expired', ['Reconnect', 'Disconnect']],
    ['reauthorization_required', 'invalid_grant', 'GitHub has ended', ['Reconnect', 'Disconnect']],
    ['reauthorization_required', 'configuration_changed', 'has changed', ['Reconnect', 'Disconnect']],
    ['reauthorization_required', 'refused', 'cannot be used', ['Reconnect', 'Disconnect']],
  ] as const)('says what %s (%s) is, and has its buttons', (status, reason, words, labels) => {
    const page = htmlOf({ connections: [connectionJson({ accounts: [accountJson({ status, reason })] })] });
    expect(readable(page)).toContain(words);
    expect(formsOf(page).map(({ label }) => label)).toEqual(labels);
    expect(formsOf(page).map(({ isMain }) => isMain)).toEqual(labels.map((label) => label === 'Reconnect'));
    expect(page.includes('Needs your attention')).toBe(labels.length === 2);
  });

  it('lists each account that wants attention, with a link to its card, and shows its card first', () => {
    const ended = accountJson({ account: 'work', status: 'token_refused' });
    const page = htmlOf({
      connections: [
        connectionJson({ name: 'first', accounts: [accountJson()] }),
        connectionJson({ name: 'second', display_name: 'Second', accounts: [accountJson(), ended] }),
      ],
    });
    const [, target, link] = /href="#(\w+)">([^<]*)</.exec(page) ?? [];
    expect(link).toBe('Second (work)');
    expect(/<li class="card" id="(\w+)"/.exec(page)?.[1]).toBe(target);
  });

  it('offers to reconnect before access ends that nothing refreshes', () => {
    const account = accountJson({ has_refresh_token: false, expires_at: '2026-12-24T17:00:00.000Z' });
    const page = htmlOf({ connections: [connectionJson({ accounts: [account] })] });
    expect(formsOf(page).map(({ label }) => label)).toEqual(['Reconnect', 'Disconnect']);
    expect(readable(page)).toContain('Access ends Dec 24, 2026, 5:00 PM UTC');
    expect(page).toContain('<time datetime="2026-12-24T17:00:00.000Z">');
  });

  it('shows the scopes one by one, and says when they are not known', () => {
    const page = (scopes: string | null) =>
      htmlOf({ connections: [connectionJson({ accounts: [accountJson({ scopes })] })] });
    expect([...page('read write').matchAll(/<code>([^<]*)</g)].map(([, scope]) => scope)).toEqual([
      'read',
      'write',
    ]);
    expect(readable(page(null))).toContain('Permissions Not known');
  });

  it('comes back to the page from every form when it knows its address', () => {
    const connections = [
      connectionJson({ accounts: [accountJson({ status: 'token_refused' })] }),
      connectionJson({ name: 'mail' }),
    ];
    const fields = formsOf(htmlOf({ connections, returnTo: '/rest/connections/ui' })).map(
      (form) => form.fields,
    );
    expect(fields).toHaveLength(3);
    expect(fields.every(({ return_to }) => return_to === '/rest/connections/ui')).toBe(true);
  });

  it('escapes every text, wherever it comes from', () => {
    const attack = `"'><img src=x onerror=alert(1)>&`;
    const accounts = [accountJson({ account: attack, scopes: attack, status: 'token_refused' })];
    const page = htmlOf(
      {
        connections: [
          connectionJson({
            name: attack,
            display_name: attack,
            description: attack,
            icon_url: `https://a.test/${attack}`,
            accounts,
          }),
          connectionJson({ name: attack, display_name: attack, description: attack }),
        ],
        notice: { kind: 'failed', connectionName: attack, text: attack },
        returnTo: attack,
      },
      { title: attack, backTo: attack, texts: { disconnect: attack, accountOf: attack, refused: attack } },
    );
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain(`"'>`);
    expect(page).toContain('&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;');
  });

  it('puts a name into addresses so that it stays one segment of the path', () => {
    const page = htmlOf({ connections: [connectionJson({ name: 'a/b?c#d%' })] });
    expect(formsOf(page)[0]?.action).toBe('./a%2Fb%3Fc%23d%25/connect');
  });

  it.each(['javascript:alert(1)', 'data:image/png;base64,AA', '//a.test/x.png', 'https', ''])(
    'shows the first letter in place of a picture at %s',
    (icon_url) => {
      const page = htmlOf({ connections: [connectionJson({ display_name: ' ‮émail', icon_url })] });
      expect(page).not.toContain('<img');
      expect(page).toMatch(/aria-hidden="true"\s*>É/);
    },
  );

  it('sends no referrer for pictures', () => {
    const page = htmlOf({ connections: [connectionJson({ icon_url: 'https://a.test/x.png' })] });
    expect(page).toMatch(/<img[^>]*src="https:\/\/a\.test\/x\.png"[^>]*referrerpolicy="no-referrer"/);
  });

  it('shows the key of a connection whose name to show is blank', () => {
    expect(
      readable(htmlOf({ connections: [connectionJson({ name: 'mail', display_name: ' ' })] })),
    ).toContain('mail');
  });

  it('says what has just been connected by its name to show, and why something was not', () => {
    const connections = [connectionJson({ display_name: 'GitHub <3', accounts: [accountJson()] })];
    const connected = htmlOf({ connections, notice: { kind: 'connected', connectionName: 'github' } });
    expect(readable(/<div[^>]*role="status">[\s\S]*?<\/div>/.exec(connected)?.[0] ?? '')).toBe(
      'GitHub &lt;3 is connected.',
    );
    const failed = htmlOf({
      connections,
      notice: { kind: 'failed', connectionName: 'github', text: 'It said no.' },
    });
    expect(readable(/<div[^>]*role="alert">[\s\S]*?<\/div>/.exec(failed)?.[0] ?? '')).toBe('It said no.');
  });

  it('says that there is nothing when nothing is declared', () => {
    expect(readable(htmlOf({}))).toBe(
      'Connections Nothing to connect yet Connections appear here as soon as this service offers some.',
    );
  });

  it('has one id for each element, also with 200 connections of several accounts', () => {
    const accounts = [accountJson({ account: 'a', status: 'token_refused' }), accountJson({ account: 'b' })];
    const connections = Array.from({ length: 200 }, (_, index) =>
      connectionJson({ name: `n${index}`, accounts: index % 2 === 0 ? accounts : [] }),
    );
    const page = htmlOf({ connections });
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(800);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...page.matchAll(/aria-labelledby="([^"]*)"/g)].flatMap(([, list]) => list?.split(' '));
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('is small: ten connections in less than 24,000 bytes', () => {
    const connections = Array.from({ length: 10 }, (_, index) =>
      connectionJson({
        name: `n${index}`,
        description: 'Does what it does.',
        accounts: index < 5 ? [accountJson()] : [],
      }),
    );
    expect(Buffer.byteLength(htmlOf({ connections }))).toBeLessThan(24_000);
  });

  it('takes the texts, the language and the style of the host', () => {
    const page = htmlOf(
      { connections: [connectionJson()] },
      { lang: 'ar', title: 'روابط', texts: { connect: 'ربط' }, style: { '--accent': 'rebeccapurple' } },
    );
    expect(page).toContain('<html lang="ar" dir="rtl">');
    expect(page).toContain('--accent:rebeccapurple;');
    expect(formsOf(page)[0]?.label).toBe('ربط');
  });

  it('keeps an English text in place of one that is undefined', () => {
    const texts = { connect: undefined } as unknown as PageOptions['texts'];
    expect(formsOf(htmlOf({ connections: [connectionJson()] }, { texts }))[0]?.label).toBe('Connect');
  });
});

describe('the policy of the page', () => {
  it('allows its own style and script by their hashes, and nothing else', () => {
    const { html, contentSecurityPolicy } = rendered({}, { style: { '--accent': 'red' } });
    const hashOf = (element: string) => {
      const [, text = ''] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html) ?? [];
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(contentSecurityPolicy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hashOf('style')}`,
      `script-src ${hashOf('script')}`,
      'img-src https: data:',
      "form-action 'self' https:",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('lets forms and pictures go to http where the service itself is on http', () => {
    const { contentSecurityPolicy } = rendered({ overHttp: true });
    expect(contentSecurityPolicy).toContain("form-action 'self' https: http:");
    expect(contentSecurityPolicy).toContain('img-src https: data: http:');
  });

  it('needs no style attribute and no event attribute, which it forbids', () => {
    const page = htmlOf({
      connections: [connectionJson({ icon_url: 'https://a.test/x', accounts: [accountJson()] })],
    });
    expect(page).not.toMatch(/<[^>]+ (style|on\w+)=/);
  });
});
