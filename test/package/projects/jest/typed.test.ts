/** A test in TypeScript, compiled to CommonJS, with a class of the host's on top of ours. */
import type { CreateAllContext } from 'mcp-connections';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { asItShouldBe, exercise } from './exercise.cjs';

class Store extends mcp.MetadataStore {
  protected override async createAll({ dataSource }: CreateAllContext): Promise<void> {
    await dataSource.query('CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY)');
  }
}

test('the package works when imported', async () => {
  expect(await exercise({ mcp, testing, typeorm }, [], { Store })).toEqual(asItShouldBe(0));
});
