/** One account within the card of its connection. */
import type { AccountJson, ConnectionJson } from '../json';
import { form } from './form';
import type { Html } from './html';
import { fill, html } from './html';
import { mark } from './marks';
import { appearance, detailOf, endsByItself } from './state';
import type { PageTexts } from './texts';
import { time } from './time';

/** What everything on the page is made with. */
export interface Setting {
  readonly texts: PageTexts;
  readonly lang: string;
  readonly returnTo: string | undefined;
}

/** An account, the connection that it is at, and the ids of what names it. */
export interface PlacedAccount {
  readonly account: AccountJson;
  readonly connection: ConnectionJson;
  /** Of the heading of the card. */
  readonly headingId: string;
  /** Of this account, different for each on the page. */
  readonly id: string;
}

export function accountRow(placed: PlacedAccount, setting: Setting): Html {
  const { account, connection, id } = placed;
  const { texts, lang } = setting;
  const { mark: shape, words } = appearance(account);
  const name = shownName(account, connection, texts);
  const called = name === null ? null : html`<p class="called name" id="${id}">${name}</p>`;
  const values = {
    connection: html`<span class="name">${connection.display_name}</span>`,
    time: account.expires_at === null ? null : time(account.expires_at, lang),
  };
  const since =
    account.since === null ? null : fill(texts.unavailableSince, { time: time(account.since, lang) });
  return html`<div
    class="account"
    role="group"
    aria-labelledby="${[placed.headingId, ...(name === null ? [] : [id])].join(' ')}"
  >
    <div>
      <div class="head">
        ${called}
        <p class="state ${shape}">${mark(shape)}${texts[words]}</p>
      </div>
      <p class="muted">${fill(texts[detailOf(account)], values)}${since && html` ${since}.`}</p>
      ${details(placed, setting)}
    </div>
    <div class="actions">${buttons(placed, name, setting)}</div>
  </div>`;
}

/** Null for the only account of a connection, if the host has not named it. */
function shownName(account: AccountJson, connection: ConnectionJson, texts: PageTexts): string | null {
  if (account.account !== 'default') return account.account;
  return connection.accounts.length > 1 ? texts.defaultAccount : null;
}

/** The name of an account as a text of one line, with that of its connection. */
export function accountTitle(account: AccountJson, connection: ConnectionJson, texts: PageTexts): Html {
  const name = shownName(account, connection, texts);
  const { display_name } = connection;
  return name === null
    ? html`${display_name}`
    : fill(texts.accountOf, { connection: display_name, account: name });
}

function details({ account }: PlacedAccount, { texts, lang }: Setting): Html {
  const scopes = account.scopes?.split(' ').filter((scope) => scope !== '') ?? [];
  const list = scopes.map((scope) => html`<li><code>${scope}</code></li>`);
  const expiry =
    account.expires_at === null
      ? null
      : html`<div>
          <dt>${texts.expiry}</dt>
          <dd>${time(account.expires_at, lang)}</dd>
        </div>`;
  return html`<details>
    <summary>${texts.details}</summary>
    <dl>
      <div>
        <dt>${texts.scopes}</dt>
        <dd>
          ${
            scopes.length > 0
              ? html`<ul class="scopes">
                  ${list}
                </ul>`
              : texts.scopesUnknown
          }
        </dd>
      </div>
      ${expiry}
      <div>
        <dt>${texts.since}</dt>
        <dd>${time(account.connected_at, lang)}</dd>
      </div>
    </dl>
  </details>`;
}

function buttons(placed: PlacedAccount, name: string | null, { texts, returnTo }: Setting): Html {
  const { account, connection, headingId, id } = placed;
  const { wantsAttention } = appearance(account);
  const place = `./${encodeURIComponent(connection.name)}`;
  const fields = { account: account.account, return_to: returnTo };
  const names = [headingId, ...(name === null ? [] : [id])];
  const reconnect =
    wantsAttention || endsByItself(account)
      ? form({
          action: `${place}/connect`,
          fields,
          label: texts.reconnect,
          isMain: wantsAttention,
          labelledBy: [`${id}r`, ...names],
        })
      : null;
  const disconnect = form({
    action: `${place}/disconnect`,
    fields,
    label: texts.disconnect,
    isMain: false,
    labelledBy: [`${id}d`, ...names],
    question: fill(texts.disconnectQuestion, { connection: accountTitle(account, connection, texts) }),
  });
  return html`${reconnect}${disconnect}`;
}
