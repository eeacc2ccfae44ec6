/**
 * The examples in docstrings: what a host calls has one, and each compiles.
 *
 * @module-tag long
 */
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { TitledBlock } from './compile';
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

interface Exported {
  readonly specifier: string;
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly isValue: boolean;
}

const sources = lazily(() => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram(
    Object.values(entries).map((path) => join(root, path)),
    options,
  );
  return { program, checker: program.getTypeChecker() };
});

/** What the entry points export. */
const exported = lazily(() => {
  const { program, checker } = sources();
  return Object.entries(entries).flatMap(([specifier, path]) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, path)) as ts.SourceFile);
    return checker.getExportsOfModule(module as ts.Symbol).map((symbol): Exported => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const isValue = (target.flags & ts.SymbolFlags.Value) !== 0;
      return { specifier, name: symbol.name, symbol: target, isValue };
    });
  });
});

/** Functions, and the methods of what a host holds in its hand. */
function callsOf({ name, symbol }: Exported): { name: string; symbol: ts.Symbol }[] {
  const isFunction = (symbol.flags & ts.SymbolFlags.Function) !== 0;
  if (isFunction) return [{ name, symbol }];
  if (!['Connections', 'MetadataStore'].includes(name)) return [];
  const methods = [...(symbol.members?.values() ?? [])].filter(
    (member) => (member.flags & ts.SymbolFlags.Method) !== 0 && !member.name.startsWith('#'),
  );
  return [{ name, symbol }, ...methods.map((method) => ({ name: `${name}.${method.name}`, symbol: method }))];
}

function examplesOf(file: ts.SourceFile): TitledBlock[] {
  const examples: TitledBlock[] = [];
  const visit = (node: ts.Node): void => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'example' || tag.parent.parent !== node) continue;
      const line = file.getLineAndCharacterOfPosition(tag.pos).line + 2;
      const code = moduleOf(ts.getTextOfJSDocComment(tag.comment) ?? '');
      examples.push({ title: `${relative(root, file.fileName)}, line ${line}`, line, code });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return examples;
}

/** An example has no imports: it is given what it names, and stands in a function, since some return. */
function moduleOf(code: string): string {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const imports = exported()
    .filter(({ name }) => words.has(name))
    .map(
      ({ specifier, name, isValue }) => `import ${isValue ? '' : 'type '}{ ${name} } from '${specifier}';`,
    );
  const typeorm = words.has('DataSource') ? "import { DataSource } from 'typeorm';" : '';
  return `${imports.join(' ')} ${typeorm} export async function example(): Promise<unknown> {\n${code}\nreturn undefined; }`;
}

describe('An example in a docstring', () => {
  it('stands at each call of a host', { timeout: 60_000 }, () => {
    const calls = exported().flatMap(callsOf);
    const without = calls.filter(
      ({ symbol }) => !symbol.getJsDocTags(sources().checker).some(({ name }) => name === 'example'),
    );
    expect(calls.length).toBeGreaterThan(30);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('compiles', { timeout: 180_000 }, () => {
    const examples = sources()
      .program.getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(join(root, 'src')))
      .flatMap(examplesOf);
    expect(examples.length).toBeGreaterThan(60);
    const errors = [...compilerErrors(examples)].filter(([, list]) => list.length > 0);
    expect(Object.fromEntries(errors)).toEqual({});
  });
});
