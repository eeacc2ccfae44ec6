/** `docs/mcp.md`: its code compiles with the types of the real clients, and it names the versions that were tested. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilerErrors, lazily } from '../docs/compile';
import { codeBlocks, dependencies, root, textOf } from '../docs/documents';
import { libraries } from './clients';

const blocks = codeBlocks('docs/mcp.md')
  .filter(({ language }) => language === 'ts')
  .map(({ code, line }) => ({ code, line, title: `line ${line}` }));
const check = lazily(() => compilerErrors(blocks, join(root, 'test/mcp-clients')));

describe('docs/mcp.md', () => {
  it.each(blocks)(
    'has code that compiles: $title',
    ({ title }) => {
      expect(check().get(title)).toEqual([]);
    },
    180_000,
  );

  it.each(libraries)('connects with $name', ({ name }) => {
    expect(blocks.filter(({ code }) => code.includes(`from '${name}`))).not.toEqual([]);
  });

  it.each(libraries)('has the version of $name that was tested', ({ name }) => {
    const version = dependencies('test/mcp-clients/package.json')[name];
    expect(textOf('docs/mcp.md')).toMatch(new RegExp(`\\| \`${name}\` +\\| ${version} +\\|`));
  });
});
