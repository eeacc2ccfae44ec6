/** Writes dist/schema.json, the JSON Schema of the document. */
import { writeFileSync } from 'node:fs';
import { documentSchema } from '../src/config/document-schema';
import { docstringsOfDocument } from './docstrings';

const schema = documentSchema(docstringsOfDocument());
writeFileSync(new URL('../dist/schema.json', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
