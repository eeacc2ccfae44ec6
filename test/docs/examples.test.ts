/** The examples in docstrings: what a host calls has one, and each compiles. */
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compilerErrors, lazily } from './compile';
import { root } from './documents';

const entries = {
  'mcp-connections': 'src/index.ts',
  'mcp-connections/sync': 'src/sync/index.ts',
  'mcp-connections/legacy': 'src/legacy/index.ts',
  'mcp-connections/testing': 'src/testing/index.ts',
  'mcp-connections/http': 'src/http/index.ts',
  'mcp-connections/nestjs': 'src/nestjs/index.ts',
};

const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
const program = ts.createProgram(
  Object.values(entries).map((path) => join(root, path)),
  options,
);
const checker = program.getTypeChecker();

/** What an entry point exports, by name. */
const exported = Object.entries(entries).flatMap(([specifier, path]) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, path)) as ts.SourceFile);
  return checker.getExportsOfModule(module as ts.Symbol).map((symbol) => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      specifier,
      name: symbol.name,
      symbol: target,
      isValue: (target.flags & ts.SymbolFlags.Value) !== 0,
    };
  });
});

/** Functions, and the methods of what a host holds in its hand. */
const called = exported.flatMap(({ name, symbol }) => {
  const isFunction = (symbol.flags & ts.SymbolFlags.Function) !== 0;
  if (isFunction) return [{ name, symbol }];
  if (!['Connections', 'MetadataStore'].includes(name)) return [];
  const members = [...(symbol.members?.values() ?? [])].filter(
    (member) => (member.flags & ts.SymbolFlags.Method) !== 0 && !member.name.startsWith('#'),
  );
  return [{ name, symbol }, ...members.map((member) => ({ name: `${name}.${member.name}`, symbol: member }))];
});

const examples = program
  .getSourceFiles()
  .filter(({ fileName }) => fileName.startsWith(join(root, 'src')))
  .flatMap((file) => {
    const found: { title: string; line: number; code: string }[] = [];
    const visit = (node: ts.Node): void => {
      for (const tag of ts.getJSDocTags(node)) {
        if (tag.tagName.text !== 'example' || tag.parent.parent !== node) continue;
        const line = file.getLineAndCharacterOfPosition(tag.pos).line + 2;
        const code = ts.getTextOfJSDocComment(tag.comment) ?? '';
        found.push({ title: `${relative(root, file.fileName)}, line ${line}`, line, code });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });

/** An example has no imports: it is given what it names, and stands in a function, since some return. */
function moduleOf(code: string): string {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const imports = exported
    .filter(({ name }) => words.has(name))
    .map(
      ({ specifier, name, isValue }) => `import ${isValue ? '' : 'type '}{ ${name} } from '${specifier}';`,
    );
  const typeorm = words.has('DataSource') ? "import { DataSource } from 'typeorm';" : '';
  return `${imports.join(' ')} ${typeorm} export async function example(): Promise<unknown> {\n${code}\nreturn undefined; }`;
}

describe('examples in docstrings', () => {
  it('there is one at each call of a host', () => {
    const without = called.filter(
      ({ symbol }) => !symbol.getJsDocTags(checker).some(({ name }) => name === 'example'),
    );
    expect(called.length).toBeGreaterThan(30);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  const check = lazily(() =>
    compilerErrors(examples.map((example) => ({ ...example, code: moduleOf(example.code) }))),
  );
  it.each(examples)(
    'compiles: $title',
    ({ title }) => {
      expect(check().get(title)).toEqual([]);
    },
    180_000,
  );
});
