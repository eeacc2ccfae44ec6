/** docs/errors.md explains each code, and lists the details that an error of that code has. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { headings, root } from './documents';

const path = join(root, 'src/error-codes.ts');
const program = ts.createProgram([path], { strict: true, noEmit: true, types: [] });
const checker = program.getTypeChecker();

function typeNamed(name: string): ts.Type {
  const file = program.getSourceFile(path);
  const module = file && checker.getSymbolAtLocation(file);
  const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === name);
  if (!symbol) throw new Error(`${path} has no type ${name}`);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

const union = typeNamed('ConnectionsErrorCode');
const codes = union.isUnion()
  ? union.types.flatMap((type) => (type.isStringLiteral() ? [type.value] : []))
  : [];

const declaredDetails = Object.fromEntries(
  typeNamed('DetailsByCode')
    .getProperties()
    .map((property) => [
      property.name,
      checker
        .getTypeOfSymbol(property)
        .getProperties()
        .map(({ name }) => name)
        .toSorted(),
    ]),
);

const explained = headings('docs/errors.md').flatMap(({ title, text }) => {
  const [, code] = /^`(\w+)`$/.exec(title) ?? [];
  return code === undefined ? [] : [{ code, text }];
});

describe('docs/errors.md', () => {
  it('has one section for each code, and no other', () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(explained.map(({ code }) => code).toSorted()).toEqual(codes.toSorted());
  });

  it.each(explained)('says of $code what to do', ({ text }) => {
    expect(text).toMatch(/^What to do: /m);
  });

  it.each(explained)('lists the details of $code', ({ code, text }) => {
    const [, listed = ''] = /^Details: (.+)\.$/m.exec(text) ?? [];
    const details = [...listed.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    expect(details.toSorted()).toEqual(declaredDetails[code] ?? []);
  });
});
