/** A service in a process of its own, as Docker stops it: it refreshes on a message, and has hooks for SIGTERM. */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Connections, connectionEntities } from 'mcp-connections';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { keys } from './keys';

const { DATABASE, DOCUMENT } = process.env;

@Module({
  imports: [
    ConnectionsModule.forRoot({ config: DOCUMENT ?? '', keys, isGlobal: true }),
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: DATABASE ?? '',
      entities: [...connectionEntities],
    }),
  ],
})
class AppModule {}

/** @param message `refresh`, `read`, or a refresh token to import */
async function act(connections: Connections, message: unknown): Promise<unknown> {
  if (message === 'refresh') return connections.refreshExpiring();
  if (message === 'read') return connections.getAccessToken('ada', 'github');
  const tokens = { accessToken: 'expired', refreshToken: String(message), expiresAt: new Date(0) };
  return connections.importTokens('ada', 'github', tokens);
}

async function main(): Promise<void> {
  const application = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  application.enableShutdownHooks();
  await application.listen(0, '127.0.0.1');
  const connections = application.get(Connections, { strict: false });
  const answer = async (message: unknown) => process.send?.(await act(connections, message));
  process.on('message', (message) => void answer(message));
  process.once('SIGTERM', () => process.send?.('stopping'));
  process.send?.('ready');
}

void main();
