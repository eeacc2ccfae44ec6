/** The documents of the frameworks: their code compiles with the types of the frameworks, and they are of the versions that are tested. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilerErrors, lazily } from '../docs/compile';
import { codeBlocks, dependencies, root, textOf } from '../docs/documents';

/** The files of each document, in its order. */
const files: Readonly<Record<string, readonly string[]>> = {
  express: ['server.ts'],
  fastify: ['server.ts'],
  hono: ['server.ts'],
  next: [
    'next.config.ts',
    'lib/connections.ts',
    'app/connections/[[...path]]/route.ts',
    'app/sign-in/route.ts',
  ],
};
const documents = Object.keys(files);

describe.each(documents)('docs/%s.md', (name) => {
  const document = `docs/${name}.md`;
  const paths = files[name] ?? [];
  const blocks = codeBlocks(document).filter(({ language }) => language === 'ts');

  it('has the code of these files, and names each of them before it', () => {
    expect(blocks).toHaveLength(paths.length);
    const text = textOf(document);
    const places = paths.map((path) => text.indexOf(`\`${path}\``));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  const check = lazily(() => {
    const titled = blocks.map(({ code, line }, index) => {
      const title = paths[index] ?? '';
      return { code, line, title, path: join('documents', name, title) };
    });
    // The cookies of Next.js have types that are not meant for this option.
    return compilerErrors(titled, join(root, 'test/hosts'), { exactOptionalPropertyTypes: false });
  });

  it.each(paths)(
    'has a %s that compiles',
    (path) => {
      expect(check().get(path)).toEqual([]);
    },
    180_000,
  );

  it('installs what is tested, without the parts of versions that do not matter', () => {
    const tested = { ...dependencies('package.json'), ...dependencies('test/hosts/package.json') };
    const lines = textOf(document).match(/^npm install .*/gm) ?? [];
    const installed = lines.flatMap((line) =>
      line
        .split(' ')
        .slice(2)
        .filter((word) => !word.startsWith('--')),
    );
    const others = installed.filter((word) => !(word.replace(/(?<=.)@.*/, '') in tested));
    expect(others).toEqual(['mcp-connections']);
    for (const word of installed.filter((each) => /(?<=.)@/.test(each))) {
      const [, packageName = '', version = ''] = /^(.+)@(\d+)$/.exec(word) ?? [];
      expect(tested[packageName]).toMatch(new RegExp(`^\\^?${version}\\.`));
    }
  });
});
