/** The forms of the pages, which work without a script. */
import type { Html } from './html';
import { html } from './html';

export interface Form {
  /** Relative to the page, so that a prefix that a proxy takes off does not matter. */
  readonly action: string;
  /** Hidden; those without a value are left out. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  readonly button: Html;
}

export function form({ action, fields, button }: Form): Html {
  const inputs = Object.entries(fields).map(([name, value]) =>
    value === undefined ? null : html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action}">${inputs}${button}</form>`;
}
