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

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The folder, or the file at the top, that a path below src belongs to. */
const partOf = (path: string) => path.split(sep)[0]?.replace(/\.ts$/, '') ?? '';
const levelOf = (part: string) => layers.findIndex((layer) => layer.includes(part));

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(src, file), 'utf8'), true, true);
  return (
    importedFiles
      .map(({ fileName }) => fileName)
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(src, resolve(src, dirname(file), name)))
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

  it('have no circle of imports in database/, so that an engine can be read by itself', () => {
    const withoutEnding = (file: string) => file.replace(/\.ts$/, '');
    const left = new Map(
      files
        .filter((file) => partOf(file) === 'database')
        .map((file) => [withoutEnding(file), importsOf(file)] as const),
    );
    // What imports nothing that is left goes, until all are gone, or only circles and what imports them stay.
    for (let before = -1; before !== left.size;) {
      before = left.size;
      for (const [file, imports] of left) if (!imports.some((path) => left.has(path))) left.delete(file);
    }
    expect([...left.keys()]).toEqual([]);
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
