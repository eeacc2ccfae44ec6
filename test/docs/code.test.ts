/** The code in the documents: each block parses, and compiles against the package with the variables of `prelude.d.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    expect(() => JSON.parse(code) as unknown).not.toThrow();
    expect(code.includes('"mcpServers"') ? parseConnections(code).problems : []).toEqual([]);
  });
});

const PRELUDE = 'the prelude';

/** Errors by title of the block, and those of the prelude; all blocks are modules of one program. */
function compilerErrors(list: readonly (CodeBlock & { readonly title: string })[]): Map<string, string[]> {
  const folder = join(root, 'test/docs');
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const prelude = readFileSync(join(folder, 'prelude.d.ts'), 'utf8');
  const given = topLevelNames(prelude, true);
  // The compiler does not check a declaration file, so the prelude is given to it as a module.
  const modules = new Map([
    [join(folder, 'prelude.ts'), { title: PRELUDE, line: 1, text: prelude }],
    ...list.map(({ title, line, code }, index): [string, { title: string; line: number; text: string }] => {
      const own = topLevelNames(code);
      const names = given.filter((name) => !own.includes(name)).join(', ');
      // On the first line, so that lines keep their numbers.
      const text = `import { ${names} } from './prelude'; ${code}`;
      return [join(folder, `block-${index}.ts`), { title, line, text }];
    }),
  ]);
  const files = ts.createCompilerHost(options);
  const program = ts.createProgram([...modules.keys()], options, {
    ...files,
    fileExists: (path) => modules.has(path) || files.fileExists(path),
    readFile: (path) => modules.get(path)?.text ?? files.readFile(path),
    getSourceFile: (path, target, ...rest) => {
      const text = modules.get(path)?.text;
      return text === undefined
        ? files.getSourceFile(path, target, ...rest)
        : ts.createSourceFile(path, text, target, true);
    },
  });
  const errorsOf = (path: string, firstLine: number) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) => {
        const { line = 0 } = file?.getLineAndCharacterOfPosition(start) ?? {};
        return `line ${firstLine + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  };
  return new Map([...modules].map(([path, { title, line }]) => [title, errorsOf(path, line)]));
}

/** What a module declares or imports by name, apart from what stands inside its functions. */
function topLevelNames(code: string, onlyExported = false): string[] {
  const names: string[] = [];
  const add = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.push(node.text);
    else if (ts.isBindingElement(node) || ts.isVariableDeclaration(node) || ts.isImportSpecifier(node))
      add(node.name);
    else ts.forEachChild(node, add);
  };
  for (const statement of ts.createSourceFile('module.ts', code, ts.ScriptTarget.ES2022).statements) {
    if (ts.isImportDeclaration(statement) && !onlyExported) ts.forEachChild(statement, add);
    else if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach(add);
    else if (ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement))
      names.push(statement.name?.text ?? '');
  }
  return names;
}

/** The compiler takes seconds: it runs once, and not at all when only other tests of this file run. */
function lazily<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}
