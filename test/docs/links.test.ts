import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allDocuments, anchors, packedDocuments, relativeLinks, root } from './documents';

/** What `npm pack` puts into the package. */
const isPacked = (path: string) => /^(README\.md|CHANGELOG\.md|LICENSE|docs\/.+|dist\/.+)$/.test(path);

/** The file that a link leads to, and the heading in it. */
function destination(document: string, target: string) {
  const [path = '', anchor] = target.split('#');
  return { path: path === '' ? document : posix.join(posix.dirname(document), path), anchor };
}

describe.each(allDocuments)('%s', (document) => {
  const links = relativeLinks(document);

  it('links only to files and headings that exist', () => {
    const broken = links.filter((target) => {
      const { path, anchor } = destination(document, target);
      // The build is not there while the tests run.
      if (path.startsWith('dist/')) return false;
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchors(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.runIf(packedDocuments.includes(document))('links only to files that are in the package', () => {
    expect(links.filter((target) => !isPacked(destination(document, target).path))).toEqual([]);
  });
});

it('finds the links', () => {
  expect(relativeLinks('README.md')).toContain('docs/users.md#without-a-session');
});
