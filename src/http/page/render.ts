/** The page of a user's connections. */
import type { AccountJson, ConnectionJson } from '../json';
import { form } from './form';
import { framed } from './frame';
import type { Html } from './html';
import { html } from './html';
import type { PageOptions } from './options';
import type { PageTexts } from './texts';
import { englishTexts } from './texts';
import type { PageView, RenderedPage } from './view';

/** The page for one user, of what the routes say in JSON. */
export function renderPage(view: PageView, options: PageOptions): RenderedPage {
  const texts = { ...englishTexts, ...options.texts };
  const title = options.title ?? 'Connections';
  const notice = view.notice && html`<p role="status">${view.notice.text}</p>`;
  const cards = view.connections.map((connection) => card(connection, view.returnTo, texts));
  const body = html`<main><h1>${title}</h1>${notice}${cards.length > 0 ? cards : html`<p>${texts.empty}</p>`}</main>`;
  return framed({ title, body, overHttp: view.overHttp ?? false }, options);
}

function card(connection: ConnectionJson, returnTo: string | undefined, texts: PageTexts): Html {
  const accounts = connection.accounts.map((one) => account(connection.name, one, returnTo, texts));
  const connect = form({
    action: `./${encodeURIComponent(connection.name)}/connect`,
    fields: { return_to: returnTo },
    button: html`<button>${texts.connect}</button>`,
  });
  return html`<article><h2>${connection.display_name}</h2>${accounts.length > 0 ? accounts : connect}</article>`;
}

function account(name: string, one: AccountJson, returnTo: string | undefined, texts: PageTexts): Html {
  const disconnect = form({
    action: `./${encodeURIComponent(name)}/disconnect`,
    fields: { account: one.account, return_to: returnTo },
    button: html`<button>${texts.disconnect}</button>`,
  });
  return html`<p>${one.account}: ${one.status}</p>${disconnect}`;
}
