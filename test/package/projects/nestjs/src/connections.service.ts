/** A provider that starts the store on the DataSource that Nest has opened, and keeps notes of its own. */
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  ConnectionConfig,
  MetadataStore,
  UserConnectionToken,
  connectionEntities,
  defineConnections,
} from 'mcp-connections';
import { DataSource, Repository } from 'typeorm';
import { Note } from './note.js';

const config = defineConnections({
  mcpServers: { github: { url: 'https://mcp.example.test/', auth_type: 'oauth2' } },
});

@Injectable()
export class ConnectionsService {
  private readonly store: MetadataStore;

  constructor(
    private readonly dataSource: DataSource,
    @InjectRepository(ConnectionConfig) private readonly configs: Repository<ConnectionConfig>,
    @InjectRepository(UserConnectionToken) private readonly tokens: Repository<UserConnectionToken>,
    @InjectRepository(Note) private readonly notes: Repository<Note>,
  ) {
    this.store = new MetadataStore({ dataSource, config, logger: new Logger('connections') });
  }

  /** What a start finds and does, and what the database holds then. */
  async start() {
    await this.store.initialize();
    const { lastSync } = this.store;
    if (!lastSync?.ok) throw lastSync?.error ?? new Error('There was no sync.');
    await this.notes.save({ text: 'a start' });
    const { created, unchanged } = lastSync.report;
    return {
      created,
      unchanged,
      rows: (await this.configs.find()).map(({ name }) => name),
      tokens: await this.tokens.count(),
      notes: await this.notes.count(),
      known: connectionEntities.every((entity) => this.dataSource.hasMetadata(entity)),
      ownHistory: await this.history('migrations'),
      history: await this.history('connection_migrations'),
    };
  }

  private async history(table: string): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(`SELECT name FROM ${table}`);
    return rows.map(({ name }) => name);
  }
}
