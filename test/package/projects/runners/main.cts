/** A host in TypeScript, as a CommonJS module: an entity with decorators, a store, and what `import()` gives beside it. */
import type { CreateAllContext } from 'mcp-connections';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { exercise } from './exercise.cjs';

@typeorm.Entity({ name: 'notes' })
class Note {
  @typeorm.PrimaryColumn({ name: 'id', type: 'integer' })
  id!: number;
}

class Store extends mcp.MetadataStore {
  protected override async createAll({ dataSource }: CreateAllContext): Promise<void> {
    await dataSource.query('CREATE TABLE IF NOT EXISTS notes (id integer PRIMARY KEY)');
  }
}

async function main(): Promise<void> {
  const imported = {
    mcp: await import('mcp-connections'),
    testing: await import('mcp-connections/testing'),
    typeorm: await import('typeorm'),
  };
  const own = await testing.createTestDataSource([Note]);
  await own.getRepository(Note).insert({ id: 1 });
  await own.destroy();
  console.log(JSON.stringify(await exercise({ mcp, testing, typeorm }, [imported], { Store })));
}

void main();
