import { describe, expect, it } from 'vitest';
import { renderOutcome } from '../../src/http/page/outcome';
import type { OutcomeView } from '../../src/http/page/view';

const view: OutcomeView = {
  kind: 'failed',
  connection: 'GitHub',
  detail: 'This link was used before.',
  again: { action: './connect', fields: { account: 'work', return_to: '/settings' } },
  back: '/settings',
};

describe('the page of an outcome', () => {
  it('says what happened, for which connection, and has a form to begin again and a way back', () => {
    const { html } = renderOutcome(view, {});
    expect(html).toContain('<title>GitHub was not connected</title>');
    expect(html).toMatch(/<h1>GitHub was not connected<\/h1>[\s\S]*This link was used before\./);
    expect(html).toMatch(
      /<form method="post" action=".\/connect"[\s\S]*name="account" value="work"[\s\S]*name="return_to" value="\/settings"[\s\S]*Try again/,
    );
    expect(html).toContain('<a class="back" href="/settings">Back</a>');
  });

  it('says that an account is connected, where there is no other page to say so', () => {
    const { html } = renderOutcome({ ...view, kind: 'connected', detail: null, again: null, back: null }, {});
    expect(html).toMatch(/<h1>GitHub is connected<\/h1>[\s\S]*You can close this page\./);
  });

  it('has neither where it is given neither', () => {
    const { html } = renderOutcome({ ...view, again: null, back: null, connection: null }, {});
    expect(html).not.toContain('<form');
    expect(html).not.toContain('<a ');
  });

  it('escapes every text', () => {
    const attack = `"'><script>`;
    const { html } = renderOutcome(
      {
        kind: 'failed',
        connection: attack,
        detail: attack,
        again: { action: attack, fields: { [attack]: attack } },
        back: attack,
      },
      { texts: { again: attack, back: attack } },
    );
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html).not.toContain(`"'>`);
  });

  it('allows forms to http only where the service itself is on http', () => {
    expect(renderOutcome(view, {}).contentSecurityPolicy).toContain("form-action 'self' https:;");
    expect(renderOutcome({ ...view, overHttp: true }, {}).contentSecurityPolicy).toContain(
      "'self' https: http:;",
    );
  });
});
