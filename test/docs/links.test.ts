import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allDocuments, anchors, packedDocuments, relativeLinks, root } from './documents';

/** What `npm pack` puts into the package. */
const isPacked = (path: string) =>
  /^(README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|docs\/.+|dist\/.+)$/.test(path);

/** The file that a link leads to, and the heading in it. */
function destination(document: string, target: string) {
  const [path = '', anchor] = target.split('#');
  return { path: path === '' ? document : posix.join(posix.dirname(document), path), anchor };
}

describe.each(allDocuments)('%s', (document) => {
  it('links only to files and headings that exist', () => {
    const broken = relativeLinks(document).filter((target) => {
      const { path, anchor } = destination(document, target);
      // The build is not there while the tests run.
      if (path.startsWith('dist/')) return false;
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchors(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe.each(packedDocuments)('%s', (document) => {
  it('links only to files that are in the package', () => {
    const unpacked = relativeLinks(document).filter(
      (target) => !isPacked(destination(document, target).path),
    );
    expect(unpacked).toEqual([]);
  });
});

it('finds the links', () => {
  expect(relativeLinks('README.md')).toContain('docs/proof.md#the-official-conformance-suite');
});
