/** Reads the docstrings of the types of a document, which are the descriptions in its JSON Schema. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import type { Docstrings } from '../src/config/document-schema';

export function docstringsOfDocument(): Docstrings {
  const file = resolve(import.meta.dirname, '../src/config/document.ts');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const texts = new Map<string, string>();
  for (const type of source.statements.filter((statement) => ts.isInterfaceDeclaration(statement))) {
    texts.set(type.name.text, docstringOf(type));
    for (const field of type.members.filter((member) => ts.isPropertySignature(member))) {
      texts.set(`${type.name.text}.${field.name.getText()}`, docstringOf(field));
    }
  }
  return (type, field) => {
    const text = texts.get(field === undefined ? type : `${type}.${field}`);
    if (text === undefined || text === '') throw new Error(`${type} ${field ?? ''} has no docstring`);
    return text;
  };
}

function docstringOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? '').replace(/\s+/g, ' ').trim();
}
