/** Times in words: in UTC from here, in the browser's own zone once the script has run. */
import type { Html } from './html';
import { html } from './html';

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * @param instant ISO-8601, as in the JSON of the routes
 * @param lang of the page
 */
export function time(instant: string, lang: string): Html {
  return html`<time datetime="${instant}">${formatOf(lang).format(new Date(instant))} UTC</time>`;
}

function formatOf(lang: string): Intl.DateTimeFormat {
  const known = formats.get(lang);
  if (known) return known;
  const made = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  formats.set(lang, made);
  return made;
}
