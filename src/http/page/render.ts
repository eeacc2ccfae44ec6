/** The page of a user's connections. */
import type { ConnectionJson } from '../json';
import type { Setting } from './account';
import { accountTitle } from './account';
import type { PlacedConnection } from './card';
import { offerCard, ownCard } from './card';
import { backLink, renderFrame } from './frame';
import type { Html } from './html';
import { fill, html } from './html';
import { mark, markShapes } from './marks';
import type { PageOptions } from './options';
import { appearance } from './state';
import type { PageTexts } from './texts';
import { textsOf } from './texts';
import type { Notice, PageView, RenderedPage } from './view';

/** The page for one user, of what the routes say in JSON. */
export function renderPage(view: PageView, options: PageOptions): RenderedPage {
  const texts = textsOf(options.texts);
  const title = options.title ?? 'Connections';
  const setting: Setting = { texts, lang: options.lang ?? 'en', returnTo: view.returnTo };
  const placed = view.connections.map((connection, index) => ({
    connection: withTitle(connection),
    id: `c${index}`,
  }));
  const own = placed.filter(({ connection }) => connection.accounts.length > 0);
  const offers = placed.filter(({ connection }) => connection.accounts.length === 0);
  const body = html`${markShapes}
    <main>
      ${backLink(options.backTo ?? null, texts)}
      <h1>${title}</h1>
      ${view.notice && noticeOf(view.notice, placed, texts)}${attention(own, texts)}
      ${placed.length === 0 ? empty(texts) : null}${cards('mine', texts.yours, own.toSorted(worstFirst), (one) => ownCard(one, setting))}
      ${cards('offers', texts.available, offers, (one) => offerCard(one, setting))}
    </main>
    ${own.length > 0 ? question(texts) : null}`;
  return renderFrame({ title, body, overHttp: view.overHttp ?? false }, options);
}

/** A name that shows nothing would leave the card without a heading. */
function withTitle(connection: ConnectionJson): ConnectionJson {
  const { name, display_name } = connection;
  return display_name.trim() === '' ? { ...connection, display_name: name } : connection;
}

function noticeOf(notice: Notice, placed: readonly PlacedConnection[], texts: PageTexts): Html {
  if (notice.kind === 'failed')
    return html`<div class="note notice danger" role="alert">
      ${mark('attention')}
      <p>${notice.text}</p>
    </div>`;
  const name = notice.connectionName;
  const found = placed.find(({ connection }) => connection.name === name);
  const connection = found?.connection.display_name ?? name;
  return html`<div class="note notice good" role="status">
    ${mark('good')}
    <p>${fill(notice.kind === 'connected' ? texts.justConnected : texts.justDisconnected, { connection })}</p>
  </div>`;
}

/** Links to every account that its user has to connect again. */
function attention(own: readonly PlacedConnection[], texts: PageTexts): Html | null {
  const links = own.flatMap(({ connection, id }) =>
    connection.accounts
      .filter((account) => appearance(account).wantsAttention)
      .map(
        (account) =>
          html`<li><a class="name" href="#${id}">${accountTitle(account, connection, texts)}</a></li>`,
      ),
  );
  if (links.length === 0) return null;
  return html`<section class="note attention" aria-labelledby="attention">
    ${mark('attention')}
    <div>
      <h2 id="attention">${texts.attention}</h2>
      <ul role="list">
        ${links}
      </ul>
    </div>
  </section>`;
}

function cards(
  kind: 'mine' | 'offers',
  heading: string,
  placed: readonly PlacedConnection[],
  card: (one: PlacedConnection) => Html,
): Html | null {
  if (placed.length === 0) return null;
  return html`<section class="${kind}" aria-labelledby="${kind}">
    <h2 id="${kind}">${heading}</h2>
    <ul class="cards ${kind}" role="list">
      ${placed.map(card)}
    </ul>
  </section>`;
}

/** What its user has to connect again stands before the rest, each in the order given. */
function worstFirst(a: PlacedConnection, b: PlacedConnection): number {
  return Number(needsUser(b)) - Number(needsUser(a));
}

function needsUser({ connection }: PlacedConnection): boolean {
  return connection.accounts.some((account) => appearance(account).wantsAttention);
}

function empty(texts: PageTexts): Html {
  return html`<div class="card empty">
    <h2>${texts.empty}</h2>
    <p>${texts.emptyDetail}</p>
  </div>`;
}

/** Opened by the script before an account is disconnected. */
function question(texts: PageTexts): Html {
  return html`<dialog aria-labelledby="question">
    <form method="dialog">
      <h2 id="question"></h2>
      <p>${texts.disconnectDetail}</p>
      <div class="actions">
        <button value="no" autofocus>${texts.cancel}</button
        ><button class="risky" value="yes">${texts.disconnect}</button>
      </div>
    </form>
  </dialog>`;
}
