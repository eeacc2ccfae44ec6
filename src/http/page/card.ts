/** The card of a connection: what it is, and either the user's accounts or the way to the first. */
import type { ConnectionJson } from '../json';
import type { Setting } from './account';
import { accountRow } from './account';
import { form } from './form';
import type { Html } from './html';
import { html } from './html';
import { icon } from './icon';
import { mark } from './marks';

/** A connection and the id of its card. */
export interface PlacedConnection {
  readonly connection: ConnectionJson;
  readonly id: string;
}

/** Of a connection where the user has accounts. */
export function ownCard({ connection, id }: PlacedConnection, setting: Setting): Html {
  const headingId = `${id}h`;
  const accounts = connection.accounts.map((account, index) =>
    accountRow({ account, connection, headingId, id: `${id}a${index}` }, setting),
  );
  return html`<li class="card" id="${id}" tabindex="-1">
    ${who(connection, headingId, null)}
    <div class="accounts">${accounts}</div>
  </li> `;
}

/** Of a connection where the user has none. */
export function offerCard({ connection, id }: PlacedConnection, { texts, returnTo }: Setting): Html {
  const headingId = `${id}h`;
  const state = html`<p class="state none">${mark('none')}${texts.notConnected}</p>`;
  const connect = form({
    action: `./${encodeURIComponent(connection.name)}/connect`,
    fields: { return_to: returnTo },
    label: texts.connect,
    isMain: false,
    labelledBy: [`${id}c`, headingId],
  });
  return html`<li class="card" id="${id}">${who(connection, headingId, state)} ${connect}</li> `;
}

function who(connection: ConnectionJson, headingId: string, state: Html | null): Html {
  const { display_name, description } = connection;
  const about = description ? html`<p class="about muted" dir="auto">${description}</p>` : null;
  return html`<div class="who">
    ${icon(connection)}
    <div>
      <h3 id="${headingId}" dir="auto">${display_name}</h3>
      ${about}${state}
    </div>
  </div>`;
}
