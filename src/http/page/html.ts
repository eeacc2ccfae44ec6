/** HTML as a type of its own: what is not `Html` is text, and is escaped where it is put into a template. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Finished HTML. Only this file makes it of a text. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template takes: null is nothing, a list is its members one after the other. */
export type HtmlPart = string | number | Html | null | readonly HtmlPart[];

/** A template whose values are escaped, for the content of elements and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const [first = '', ...rest] = unindent(strings);
  return new Html(first + parts.map((part, index) => textOf(part) + (rest[index] ?? '')).join(''));
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The indentation of the source is not sent. */
function unindent(strings: TemplateStringsArray): readonly string[] {
  const before = known.get(strings);
  if (before) return before;
  const made = strings.map((text) => text.replace(/\n\s+/g, '\n'));
  known.set(strings, made);
  return made;
}

/** @param text that the package itself has written: its style and its script */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

/**
 * A text of the page with its variables replaced.
 * @param text such as `Connect {connection}`; a variable without a value stays as it is
 */
export function fill(text: string, values: Readonly<Record<string, HtmlPart>>): Html {
  const pieces = text.split(/\{(\w+)\}/);
  const parts = pieces.map((piece, index) => {
    if (index % 2 === 0) return piece;
    return Object.hasOwn(values, piece) ? (values[piece] ?? null) : `{${piece}}`;
  });
  return html`${parts}`;
}

function textOf(part: HtmlPart): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}
