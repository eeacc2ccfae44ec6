import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import * as reflectMetadata from 'reflect-metadata';
import * as typeorm from 'typeorm';
import ts from 'typescript';
import { expect, it } from 'vitest';
import * as connectionEntities from '../../src/entities';
import * as metadataStore from '../../src/store/metadata-store';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { recordingLogger } from '../setup/recording-logger';
import type * as Host from './emitted-metadata-host';

const modules: Readonly<Record<string, unknown>> = {
  'reflect-metadata': reflectMetadata,
  typeorm,
  '../../src/entities': connectionEntities,
  '../../src/store/metadata-store': metadataStore,
};

/** The host's code as TypeScript compiles it, which vitest's own compiler does not do. */
function compiledHost({ emitDecoratorMetadata }: { emitDecoratorMetadata: boolean }): typeof Host {
  const source = readFileSync(join(import.meta.dirname, 'emitted-metadata-host.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      experimentalDecorators: true,
      useDefineForClassFields: false,
      emitDecoratorMetadata,
    },
  });
  const exports = {};
  compileFunction(outputText, ['exports', 'require'])(exports, (name: string) => modules[name]);
  return exports as typeof Host;
}

describeEachEngine('A host that is compiled with emitDecoratorMetadata', (engine) => {
  it('has its own entity, with column types from the metadata, beside ours', async () => {
    const { Article, ArticleService, entities } = compiledHost({ emitDecoratorMetadata: true });
    const { options } = await testDatabase(engine);
    const store = await new metadataStore.MetadataStore({
      dataSource: { ...options, entities, synchronize: true },
      config: declaration({ a: entry() }),
      logger: recordingLogger(),
    }).initialize();

    const { columns } = store.dataSource.getMetadata(Article);
    expect(columns.map(({ propertyName, type }) => [propertyName, type])).toEqual([
      ['id', Number],
      ['title', String],
      ['published', Boolean],
      ['writtenAt', Date],
    ]);
    const article = { id: 1, title: 'Tides', published: true, writtenAt: new Date('2026-11-25T08:00:00Z') };
    await store.dataSource.getRepository(Article).insert(article);
    expect(await store.dataSource.getRepository(Article).findOneBy({ id: 1 })).toEqual(article);
    expect(store.lastSync).toMatchObject({ ok: true, report: { created: ['a'] } });
    expect(Reflect.getMetadata('design:paramtypes', ArticleService)).toEqual([metadataStore.MetadataStore]);
    await store.close();
  });

  it('needs the option for its own entity, which makes sure that this test uses it', () => {
    expect(() => compiledHost({ emitDecoratorMetadata: false })).toThrow(/Column type for Article#\w+ /);
  });
});
