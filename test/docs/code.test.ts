/** The code in the documents: each block parses, and compiles against the package with the variables of `prelude.d.ts`. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { CodeBlock } from './documents';
import { PRELUDE, compilerErrors, lazily } from './compile';
import { codeBlocks, compilesElsewhere, packedDocuments } from './documents';

const blocks = packedDocuments.flatMap(codeBlocks);
const titled = (list: readonly CodeBlock[]) =>
  list.map((block) => ({ ...block, title: `${block.document}, line ${block.line}` }));
const withLanguage = (...languages: string[]) =>
  titled(blocks.filter(({ language }) => languages.includes(language)));

describe('code in the documents', () => {
  it.each(withLanguage('ts', 'js'))('parses: $title', ({ code }) => {
    const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true });
    expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
  });

  // README's example is JavaScript so that it runs as it stands; the compiler has to accept it all the same.
  const compiled = withLanguage('ts', 'js').filter(
    (block) => (block.language === 'ts' || block.document === 'README.md') && !compilesElsewhere(block),
  );
  const check = lazily(() => compilerErrors(compiled));
  it.each(compiled)('compiles: $title', { tags: ['long'], timeout: 180_000 }, ({ title }) => {
    expect(check().get(title)).toEqual([]);
  });

  it('has a prelude that compiles', { tags: ['long'], timeout: 180_000 }, () => {
    expect(check().get(PRELUDE)).toEqual([]);
  });

  // The entries for providers have tests of their own, with their variables set.
  const json = withLanguage('json').filter(({ document }) => document !== 'docs/providers.md');
  it.each(json)('is JSON, and a document without problems where it has connections: $title', ({ code }) => {
    expect(() => JSON.parse(code) as unknown).not.toThrow();
    expect(code.includes('"mcpServers"') ? parseConnections(code).problems : []).toEqual([]);
  });
});
