/** Applications of Nest that listen for the time of a test, on either platform. */
import type {
  DynamicModule,
  INestApplication,
  LoggerService,
  ModuleMetadata,
  NestApplicationOptions,
  Type,
} from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { connectionEntities } from 'mcp-connections';
import { DataSource } from 'typeorm';
import { onTestFinished } from 'vitest';

export type Platform = 'express' | 'fastify';
export const platforms: readonly Platform[] = ['express', 'fastify'];

/** What Nest logs from a level on. */
class Recorded implements LoggerService {
  readonly lines: string[] = [];
  log(): void {}
  debug(message: unknown, context: unknown): void {
    this.lines.push(`debug ${String(context)}: ${String(message)}`);
  }
  warn(message: unknown, context: unknown): void {
    this.lines.push(`warn ${String(context)}: ${String(message)}`);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.lines.push(`error ${String(rest.at(-1))}: ${String(message)}`);
  }
  fatal(message: unknown): void {
    this.lines.push(`fatal: ${String(message)}`);
  }
}

/** Options of a database in memory, with the entities of the package. */
export const inMemory = {
  type: 'better-sqlite3' as const,
  database: ':memory:',
  entities: [...connectionEntities],
  retryAttempts: 0,
};

export const database = (): DynamicModule => TypeOrmModule.forRoot(inMemory);

/** A module in the place of TypeORM's, for a test that looks at the database after a start that failed. */
export function databaseOf(dataSource: DataSource): DynamicModule {
  const module = moduleOf({});
  const provider = { provide: DataSource, useValue: dataSource };
  return { module, global: true, providers: [provider], exports: [provider] };
}

export interface Listening {
  readonly application: INestApplication;
  readonly origin: string;
  readonly logged: Recorded;
}

/** Starts a module, changed by `prepare` before it listens; it is closed at the end of the test unless the test has closed it. */
export async function listening(
  metadata: ModuleMetadata,
  platform: Platform = 'express',
  prepare: (application: INestApplication) => unknown = () => undefined,
  settings: NestApplicationOptions = {},
): Promise<Listening> {
  const logged = new Recorded();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const application = await NestFactory.create(moduleOf(metadata), adapter as ExpressAdapter, {
    logger: logged,
    abortOnError: false,
    ...settings,
  });
  onTestFinished(() => application.close());
  await prepare(application);
  await application.listen(0, '127.0.0.1');
  const { port } = application.getHttpServer().address() as { port: number };
  return { application, origin: `http://127.0.0.1:${port}`, logged };
}

export function moduleOf(metadata: ModuleMetadata): Type {
  @Module(metadata)
  class AppModule {}
  return AppModule;
}
