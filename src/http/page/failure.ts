/** The page of an error, such as a callback that belongs to no flow. */
import { form } from './form';
import { backLink, framed } from './frame';
import { html } from './html';
import { mark, markShapes } from './marks';
import type { PageOptions } from './options';
import { textsOf } from './texts';
import type { FailureView, RenderedPage } from './view';

/** The page that says what went wrong, for which connection, and how to begin again. */
export function renderFailure(view: FailureView, options: PageOptions): RenderedPage {
  const texts = textsOf(options.texts);
  const { again, connectionName, title, detail } = view;
  const button = again && form({ ...again, label: texts.again, isMain: true });
  const about =
    connectionName === null
      ? null
      : html`<p class="state attention">${mark('attention')}<span class="name">${connectionName}</span></p>`;
  const body = html`${markShapes}
    <main class="alone">
      <div class="card">
        ${about}
        <h1>${title}</h1>
        <p>${detail}</p>
        <div class="actions">${button}${backLink(view.back, texts)}</div>
      </div>
    </main>`;
  return framed({ title, body, overHttp: view.overHttp ?? false }, options);
}
