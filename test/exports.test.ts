/** What each entry point gives to hosts: few names, each in one place. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const entries = [
  'index.ts',
  'sync/index.ts',
  'legacy/index.ts',
  'testing/index.ts',
  'http/index.ts',
  'nestjs/index.ts',
];
const files = entries.map((entry) => resolve(import.meta.dirname, '../src', entry));
const program = ts.createProgram(files, { module: ts.ModuleKind.ESNext, noResolve: true });

function exportedFrom(file: string): string[] {
  const source = program.getSourceFile(file);
  const names: string[] = [];
  for (const statement of source?.statements ?? []) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      names.push(...statement.exportClause.elements.map(({ name }) => name.text));
    } else if (ts.isFunctionDeclaration(statement) && isExported(statement) && statement.name) {
      names.push(statement.name.text);
    } else if (ts.isExportDeclaration(statement)) {
      throw new Error('`export *` hides what an entry point gives: name each export.');
    }
  }
  return names;
}

function isExported(declaration: ts.FunctionDeclaration): boolean {
  return declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

describe('the entry points', () => {
  const [main = [], ...others] = files.map(exportedFrom);

  it('give at most 60 names where a host begins', () => {
    expect(main.length).toBeGreaterThan(40);
    expect(main.length).toBeLessThanOrEqual(60);
  });

  it('give what CONTRIBUTING lists, name by name', () => {
    const contributing = readFileSync(resolve(import.meta.dirname, '../CONTRIBUTING.md'), 'utf8');
    const specifiers = ['', '/sync', '/legacy', '/testing', '/http', '/nestjs'].map(
      (path) => `mcp-connections${path}`,
    );
    const listed = specifiers.map((specifier) => {
      const [, section = ''] = contributing.split(`### From \`${specifier}\`\n`);
      const [own = ''] = section.split(/^##/m);
      return [...own.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted();
    });
    expect(listed).toEqual([main, ...others].map((names) => names.toSorted()));
  });

  it('give each name in one place', () => {
    const all = [...main, ...others.flat()];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});
