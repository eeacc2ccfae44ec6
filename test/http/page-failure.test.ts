import { describe, expect, it } from 'vitest';
import { renderFailure } from '../../src/http/page/failure';
import type { FailureView } from '../../src/http/page/view';

const view: FailureView = {
  title: 'Not connected',
  detail: 'This link was used before.',
  connectionName: 'GitHub',
  again: { action: './connect', fields: { account: 'work', return_to: '/settings' } },
  back: '/settings',
};

describe('the page of a failure', () => {
  it('says what happened, for which connection, and has a form to begin again and a way back', () => {
    const { html } = renderFailure(view, {});
    expect(html).toContain('<title>Not connected</title>');
    expect(html).toMatch(/GitHub[\s\S]*<h1>Not connected<\/h1>[\s\S]*This link was used before\./);
    expect(html).toMatch(
      /<form method="post" action=".\/connect"[\s\S]*name="account" value="work"[\s\S]*name="return_to" value="\/settings"[\s\S]*Try again/,
    );
    expect(html).toContain('<a class="back" href="/settings">Back</a>');
  });

  it('has neither where it is given neither', () => {
    const { html } = renderFailure({ ...view, again: null, back: null, connectionName: null }, {});
    expect(html).not.toContain('<form');
    expect(html).not.toContain('<a ');
  });

  it('escapes every text', () => {
    const attack = `"'><script>`;
    const { html } = renderFailure(
      {
        title: attack,
        detail: attack,
        connectionName: attack,
        again: { action: attack, fields: { [attack]: attack } },
        back: attack,
      },
      { texts: { again: attack, back: attack } },
    );
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html).not.toContain(`"'>`);
  });

  it('allows forms to http only where the service itself is on http', () => {
    expect(renderFailure(view, {}).contentSecurityPolicy).toContain("form-action 'self' https:;");
    expect(renderFailure({ ...view, overHttp: true }, {}).contentSecurityPolicy).toContain(
      "'self' https: http:;",
    );
  });
});
