/** The forms of the pages, which work without a script. */
import type { Html } from './html';
import { html } from './html';

export interface Form {
  /** Relative to the page, so that a prefix that a proxy takes off does not matter. */
  readonly action: string;
  /** Hidden; those without a value are left out. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** Label of the button. */
  readonly label: string;
  /** Of the button: what the page wants the user to do has a colour of its own. */
  readonly isMain: boolean;
  /** Ids of the elements that name what the button is for, the first of them its own; default: its label says it all. */
  readonly labelledBy?: readonly string[] | undefined;
  /** Asked before the form is sent; default none. */
  readonly question?: Html | undefined;
}

export function form({ action, fields, label, isMain, labelledBy, question }: Form): Html {
  const inputs = Object.entries(fields).map(([name, value]) =>
    value === undefined ? null : html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const ask = question && html` data-question="${question}"`;
  const named = labelledBy && html` id="${labelledBy[0] ?? ''}" aria-labelledby="${labelledBy.join(' ')}"`;
  const style = isMain ? html` class="main"` : null;
  return html`<form method="post" action="${action}"${ask ?? null}>${inputs}<button${named ?? null}${style}>${label}</button></form>`;
}
