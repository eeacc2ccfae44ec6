/** The documents of the repository, taken apart: headings, links, code. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** Paths from the root of the repository. */
export const packedDocuments = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
export const allDocuments = [...packedDocuments, 'CONTRIBUTING.md'];

export function textOf(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

export interface CodeBlock {
  readonly document: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export function codeBlocks(document: string): CodeBlock[] {
  const text = textOf(document);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }));
}

/**
 * Whether the code needs what only `npm run test:mcp-clients`, `npm run test:hosts` or `npm run test:nest` installs, and compiles there; or
 * stands in files that are compiled and run, as that of docs/testing.md does.
 */
export function compilesElsewhere({ code, document }: CodeBlock): boolean {
  return (
    ['docs/next.md', 'docs/nestjs.md', 'docs/testing.md'].includes(document) ||
    installedElsewhere.some((name) => code.includes(`from '${name}`))
  );
}

const installedElsewhere = ['test/mcp-clients/package.json', 'test/hosts/package.json']
  .flatMap((manifest) => Object.keys(dependencies(manifest)))
  .filter((name) => !(name in dependencies('package.json')));

/** With their versions. */
export function dependencies(path: string): Readonly<Record<string, string>> {
  const declared = JSON.parse(textOf(path)) as Record<string, Record<string, string> | undefined>;
  return { ...declared['dependencies'], ...declared['devDependencies'] };
}

export interface Heading {
  readonly title: string;
  /** Up to the next heading of any level. */
  readonly text: string;
}

export function headings(document: string): Heading[] {
  const [, ...sections] = withoutCode(document).split(/^#{1,6} /m);
  return sections.map((part) => {
    const [title = '', ...lines] = part.split('\n');
    return { title, text: lines.join('\n') };
  });
}

/** The part under a heading of the second level, with what stands below it. */
export function section(document: string, title: string): string {
  const found = withoutCode(document)
    .split(/^## /m)
    .find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`${document} has no section "${title}"`);
  return found;
}

/** The fragment by which GitHub and npm link to each heading. */
export function anchors(document: string): string[] {
  const seen = new Map<string, number>();
  return headings(document).map(({ title }) => {
    const words = title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
    const slug = words.replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** Targets of links to files and headings of this repository, as they are written. */
export function relativeLinks(document: string): string[] {
  const prose = withoutCode(document).replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z][a-z\d+.-]*:/i.test(target));
}

function withoutCode(document: string): string {
  return textOf(document).replace(/^```[\s\S]*?^```$/gm, '');
}
