/** The modules of the service: settings, a database, connections, and health. */
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { connectionEntities } from 'mcp-connections';
import { ConnectionsExceptionFilter, ConnectionsModule } from 'mcp-connections/nestjs';
import { HealthController } from './health.controller.js';
import { NotesController } from './notes.controller.js';
import { SessionGuard, SignedIn } from './session.guard.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    TerminusModule,
    TypeOrmModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (settings: ConfigService) => ({
        type: 'better-sqlite3',
        database: settings.getOrThrow<string>('DATABASE'),
        autoLoadEntities: true,
      }),
    }),
    TypeOrmModule.forFeature([...connectionEntities]),
    ConnectionsModule.forRootAsync({
      isGlobal: true,
      user: (request: SignedIn) => request.user?.id ?? null,
      routes: { guards: [SessionGuard] },
      inject: [ConfigService],
      useFactory: (settings: ConfigService) => ({
        config: {
          mcpServers: {
            notes: {
              url: settings.getOrThrow<string>('NOTES_URL'),
              auth_type: 'oauth2',
              description: 'What you wrote down, and where you left off',
            },
          },
        },
        keys: settings.getOrThrow<string>('CONNECTION_KEYS'),
        publicUrl: settings.getOrThrow<string>('PUBLIC_URL'),
        clientName: 'Example',
        // Only for this machine: it lets discovery ask a private address.
        trustedOrigins: { [settings.getOrThrow<string>('ISSUER')]: ['notes'] },
        page: { backTo: '/' },
      }),
    }),
  ],
  controllers: [NotesController, HealthController],
  providers: [{ provide: APP_FILTER, useClass: ConnectionsExceptionFilter }],
})
export class AppModule {}
