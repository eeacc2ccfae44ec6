/** The page of one message, where no other page can show it: an error, or a flow that has nowhere to lead its user. */
import { form } from './form';
import { backLink, renderFrame } from './frame';
import { fill, html } from './html';
import { mark, markShapes } from './marks';
import type { PageOptions } from './options';
import { textsOf } from './texts';
import type { OutcomeView, RenderedPage } from './view';

/** The page that says what happened, with which connection, and how to go on. */
export function renderOutcome(view: OutcomeView, options: PageOptions): RenderedPage {
  const texts = textsOf(options.texts);
  const { kind, connection, again } = view;
  const titles = {
    connected: texts.nowConnected,
    failed: connection === null ? texts.failed : texts.notNowConnected,
    linkInvalid: texts.linkInvalid,
    signedOut: texts.signedOut,
  };
  const title = fill(titles[kind], { connection });
  const state = kind === 'connected' ? 'good' : 'attention';
  const button = again && form({ ...again, label: texts.again, isMain: true });
  const body = html`${markShapes}
    <main class="alone">
      <div class="card">
        <p class="state ${state}">${mark(state)}</p>
        <h1>${title}</h1>
        <p>${view.detail ?? texts.nowConnectedDetail}</p>
        <div class="actions">${button}${backLink(view.back, texts)}</div>
      </div>
    </main>`;
  return renderFrame({ title, body, overHttp: view.overHttp ?? false }, options);
}
