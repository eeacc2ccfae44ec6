/** Imports point down: the layers from the top, each of which may use those after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const layers: readonly (readonly string[])[] = [
  ['nestjs'],
  ['index', 'testing', 'legacy', 'http'],
  ['connections'],
  ['store'],
  ['sync', 'tokens'],
  ['oauth'],
  ['migrations'],
  ['database'],
  ['entities'],
  ['config'],
  ['events'],
  ['logging', 'typeorm'],
  ['options'],
  ['suggest', 'url'],
  ['pauses'],
  ['errors'],
  ['error-codes'],
];

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');
/** What scripts install or build inside test/: its packages alone are more than a test has memory for. */
const INSTALLED = /^(node_modules|nest-\d+|\..*)$/;
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return INSTALLED.test(entry.name) ? [] : filesIn(path);
    return entry.isFile() && /\.m?ts$/.test(entry.name) ? [path] : [];
  });
const files = filesIn(src).map((file) => relative(src, file));

/** The folder, or the file at the top, that a path below src belongs to. */
const partOf = (path: string) => path.split(sep)[0]?.replace(/\.ts$/, '') ?? '';
const levelOf = (part: string) => layers.findIndex((layer) => layer.includes(part));

const withoutEnding = (file: string) => file.replace(/\.(m?ts|js)$/, '');

/** Whole paths, without an ending. */
function relativeImportsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => withoutEnding(resolve(dirname(file), name)));
}

function importsOf(file: string): string[] {
  return (
    relativeImportsOf(join(src, file))
      .map((path) => relative(src, path))
      // The version is in it.
      .filter((path) => path !== join('..', 'package.json'))
  );
}

/** Examples in docstrings may name an engine. */
const withoutComments = (code: string) => code.replace(/\/\*\*[\s\S]*?\*\//g, '');

describe('the layers', () => {
  it('are all of src', () => {
    expect(files.map(partOf).filter((part) => levelOf(part) < 0)).toEqual([]);
  });

  it.each(files)('%s imports only from below, or from its own folder', (file) => {
    const own = partOf(file);
    const wrong = importsOf(file).filter(
      (path) => partOf(path) !== own && levelOf(partOf(path)) <= levelOf(own),
    );
    expect(wrong).toEqual([]);
  });

  it('have no circle of imports, type imports included, nor do the tests and the benchmarks', () => {
    const places = ['src', 'test', 'bench'].flatMap((folder) => filesIn(join(root, folder)));
    const imports = new Map(places.map((file) => [withoutEnding(file), relativeImportsOf(file)] as const));
    const circular = [...imports.keys()].filter((file) => {
      const reached = new Set(imports.get(file));
      for (const one of reached) for (const next of imports.get(one) ?? []) reached.add(next);
      return reached.has(file);
    });
    const names = circular.map((file) => relative(root, file)).toSorted();
    expect(names).toEqual([]);
  });

  it('keep engines’ names in database/', () => {
    const naming = files.filter((file) => partOf(file) !== 'database' && partOf(file) !== 'testing');
    const offending = naming.filter((file) =>
      /options\.type\b|'(mysql|mariadb|postgres|sqlite|better-sqlite3)'/.test(
        withoutComments(readFileSync(join(src, file), 'utf8')),
      ),
    );
    expect(offending).toEqual([]);
  });
});
