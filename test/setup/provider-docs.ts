/** The sections of docs/providers.md as a reader copies them: the entry, and the code beside it where there is some. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fetch } from '../../src/oauth/exchange';

export interface ProviderSection {
  readonly title: string;
  /** JSON text of a whole document. */
  readonly entry: string;
  readonly code: string | null;
}

export function providerSections(): ProviderSection[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/providers.md'), 'utf8');
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    const [entry, ...others] = blocks(section, 'json');
    if (entry === undefined || others.length > 0) throw new Error(`${title} has not one entry`);
    return { title, entry, code: blocks(section, 'js')[0] ?? null };
  });
}

/** What the code of a section makes of a `fetch`; where there is none, the `fetch` itself. */
export async function fetchOf({ code }: ProviderSection, send: Fetch): Promise<Fetch> {
  if (code === null) return send;
  const address = `data:text/javascript,${encodeURIComponent(code)}`;
  const [wrap] = Object.values(
    (await import(/* @vite-ignore */ address)) as Record<string, (f: Fetch) => Fetch>,
  );
  return wrap ? wrap(send) : send;
}

function blocks(section: string, language: string): string[] {
  const found = section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'));
  return [...found].map(([, block]) => block ?? '');
}
