/** The icon of a connection: its picture over a tile with its first letter, which shows where there is no picture. */
import type { ConnectionJson } from '../json';
import type { Html } from './html';
import { html } from './html';

const HUES = 6;
const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function icon({ name, display_name, icon_url }: ConnectionJson): Html {
  const address = icon_url !== null && /^https?:\/\//i.test(icon_url) ? icon_url : null;
  const picture =
    address === null
      ? null
      : html`<img
          src="${address}"
          alt=""
          width="40"
          height="40"
          loading="lazy"
          decoding="async"
          referrerpolicy="no-referrer"
        />`;
  return html`<span class="icon hue${hueOf(name)}" aria-hidden="true"
    >${firstLetter(display_name)}${picture}</span
  >`;
}

function firstLetter(name: string): string {
  for (const { segment } of letters.segment(name.slice(0, 64))) {
    if (/[\p{L}\p{N}\p{S}]/u.test(segment)) return segment.toUpperCase();
  }
  return '?';
}

/** The same for a name each time. */
function hueOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}
