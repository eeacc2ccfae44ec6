/** A host's own code, which relies on `emitDecoratorMetadata`; the test beside it compiles it with that option. */
// oxlint-disable-next-line import/no-unassigned-import -- as the documentation of TypeORM says
import 'reflect-metadata';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { connectionEntities } from '../../src/entities';
// oxlint-disable-next-line typescript/consistent-type-imports -- the metadata refers to the class
import { MetadataStore } from '../../src/store/metadata-store';

@Entity({ name: 'articles' })
export class Article {
  @PrimaryColumn()
  id!: number;

  @Column()
  title!: string;

  @Column()
  published!: boolean;

  @Column()
  writtenAt!: Date;
}

/** As frameworks do that inject by type: the compiler writes the class of the parameter into the metadata. */
const Injectable: ClassDecorator = () => undefined;

@Injectable
export class ArticleService {
  constructor(readonly store: MetadataStore) {}
}

export const entities = [Article, ...connectionEntities];
