/** The marks beside the states, each of a shape of its own: drawn once in the document, and used by reference. */
import type { Html } from './html';
import { html, trustedHtml } from './html';

export type Mark = 'good' | 'attention' | 'pause' | 'none';

/** In a box of 16 by 16; holes are cut by the even-odd rule. */
const SHAPES: Readonly<Record<Mark, string>> = {
  good: 'M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15ZM6.9 11.7 3.6 8.4 4.8 7.2 6.9 9.3 11.2 5 12.4 6.2Z',
  attention: 'M8 1 .4 14.6H15.6ZM7.2 6H8.8V10.4H7.2ZM7.2 11.6H8.8V13.2H7.2Z',
  pause: 'M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15ZM5.2 5H7V11H5.2ZM9 5H10.8V11H9Z',
  none: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13ZM8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10Z',
};

/** The shapes, to stand once in the document. */
export const markShapes: Html = html`<svg class="shapes" aria-hidden="true">
  ${Object.entries(SHAPES).map(
    ([name, path]) =>
      html`<symbol id="m-${name}" viewBox="0 0 16 16"
        ><path fill-rule="evenodd" d="${trustedHtml(path)}"
      /></symbol>`,
  )}
</svg>`;

/** One mark, in the colour of what it stands in; the words beside it say what it means. */
export function mark(name: Mark): Html {
  return html`<svg class="mark" aria-hidden="true"><use href="#m-${name}" /></svg>`;
}
