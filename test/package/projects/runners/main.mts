/** A host in TypeScript, as an ES module: a store of its own, and what `require` gives beside it. */
import { createRequire } from 'node:module';
import type { CreateAllContext } from 'mcp-connections';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { exercise } from './exercise.cjs';

class Store extends mcp.MetadataStore {
  protected override async createAll({ dataSource }: CreateAllContext): Promise<void> {
    await dataSource.query('CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY)');
  }
}

const require = createRequire(import.meta.url);
const required = {
  mcp: require('mcp-connections'),
  testing: require('mcp-connections/testing'),
  typeorm: require('typeorm'),
};
console.log(JSON.stringify(await exercise({ mcp, testing, typeorm }, [required], { Store })));
