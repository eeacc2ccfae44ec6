/** The page of an error, such as a callback that belongs to no flow. */
import { form } from './form';
import { framed } from './frame';
import { html } from './html';
import type { PageOptions } from './options';
import { englishTexts } from './texts';
import type { FailureView, RenderedPage } from './view';

/** The page that says what went wrong, for which connection, and how to begin again. */
export function renderFailure(view: FailureView, options: PageOptions): RenderedPage {
  const texts = { ...englishTexts, ...options.texts };
  const again = view.again && form({ ...view.again, button: html`<button>${texts.again}</button>` });
  const back = view.back === null ? null : html`<a href="${view.back}">${texts.back}</a>`;
  const body = html`<main><h1>${view.title}</h1><p>${view.connectionName}</p><p>${view.detail}</p>${again}${back}</main>`;
  return framed({ title: view.title, body, overHttp: view.overHttp ?? false }, options);
}
