/** Compiles code of the documents against the package, with the variables of `prelude.d.ts`. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './documents';

export const PRELUDE = 'the prelude';

export interface TitledBlock {
  readonly title: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** Where other blocks import it from; default: none does. */
  readonly path?: string;
}

/**
 * Errors by title of the block, and those of the prelude; all blocks are modules of one program.
 * @param folder of those modules, which decides what packages they find
 * @param changes of the options of this repository, for code that the types of a framework do not let be as strict
 */
export function compilerErrors(
  list: readonly TitledBlock[],
  folder = join(root, 'test/docs'),
  changes: ts.CompilerOptions = {},
): Map<string, string[]> {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options: strict } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const options = { ...strict, ...changes };
  const prelude = readFileSync(join(root, 'test/docs/prelude.d.ts'), 'utf8');
  const given = topLevelNames(prelude, true);
  // The compiler does not check a declaration file, so the prelude is given to it as a module.
  const modules = new Map([
    [join(folder, 'prelude.ts'), { title: PRELUDE, line: 1, text: prelude }],
    ...list.map((block, index): [string, { title: string; line: number; text: string }] => {
      const { title, line, code, path = `block-${index}.ts` } = block;
      const own = topLevelNames(code);
      const names = given.filter((name) => !own.includes(name)).join(', ');
      // On the first line, so that lines keep their numbers.
      const text = `import { ${names} } from './${relative(dirname(path), 'prelude')}'; ${code}`;
      return [join(folder, path), { title, line, text }];
    }),
  ]);
  const files = ts.createCompilerHost(options);
  const program = ts.createProgram([...modules.keys()], options, {
    ...files,
    directoryExists: (path) =>
      [...modules.keys()].some((file) => file.startsWith(`${path}/`)) ||
      files.directoryExists?.(path) === true,
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

/** The compiler takes seconds: it runs once, and not at all when only other tests of a file run. */
export function lazily<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}
