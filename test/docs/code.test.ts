/** The code in the documents: each block parses, and compiles against the package with the variables of `prelude.d.ts`. */
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { CodeBlock } from './documents';
import { codeBlocks, packedDocuments, root } from './documents';

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
    ({ language, document }) => language === 'ts' || document === 'README.md',
  );
  const check = lazily(() => compilerErrors(compiled));
  it.each(compiled)(
    'compiles: $title',
    ({ title }) => {
      expect(check().get(title)).toEqual([]);
    },
    180_000,
  );

  it('has a prelude that compiles', () => {
    expect(check().get(PRELUDE)).toEqual([]);
  });

  // The entries for providers have tests of their own, with their variables set.
  const json = withLanguage('json').filter(({ document }) => document !== 'docs/providers.md');
  it.each(json)('is JSON, and a document without problems where it has connections: $title', ({ code }) => {
    const value = JSON.parse(code) as object;
    expect('mcpServers' in value ? parseConnections(value).problems : []).toEqual([]);
  });
});

const PRELUDE = 'test/docs/prelude.d.ts';

/** Errors by title of the block, and those of the prelude; all blocks are modules of one program. */
function compilerErrors(list: readonly (CodeBlock & { readonly title: string })[]): Map<string, string[]> {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const modules = new Map(
    list.map((block, index) => [join(root, 'test/docs', `block-${index}.ts`), { ...block, index }]),
  );
  // A block without an import is a module too, so that it may have its own `connections`.
  const textOf = (path: string) => {
    const block = modules.get(path);
    return block && `${block.code}\nexport {};\n`;
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => textOf(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = textOf(path);
    return text === undefined
      ? getSourceFile(path, target, ...rest)
      : ts.createSourceFile(path, text, target, true);
  };
  const prelude = join(root, PRELUDE);
  const program = ts.createProgram([...modules.keys(), prelude], options, host);
  const errorsOf = (path: string, firstLine: number) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) => {
        const { line = 0 } = file?.getLineAndCharacterOfPosition(start) ?? {};
        return `line ${firstLine + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  };
  const errors = new Map<string, string[]>();
  for (const [path, block] of modules) errors.set(block.title, errorsOf(path, block.line));
  return errors.set(relative(root, prelude), errorsOf(prelude, 1));
}

/** The compiler takes seconds: it runs once, and not at all when only other tests of this file run. */
function lazily<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}
