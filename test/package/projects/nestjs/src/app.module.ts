/** The host's DataSource, opened by Nest with the entities that modules register and the host's own migrations. */
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { connectionEntities } from 'mcp-connections';
import { ConnectionsService } from './connections.service.js';
import { CreateNotes1700000000000, Note } from './note.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: 'app.sqlite',
      autoLoadEntities: true,
      migrations: [CreateNotes1700000000000],
      migrationsRun: true,
    }),
    TypeOrmModule.forFeature([...connectionEntities, Note]),
  ],
  providers: [ConnectionsService],
})
export class AppModule {}
