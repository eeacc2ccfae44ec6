/** Starts the application, prints what its provider found, closes it, and starts a store without Nest. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ConnectionsService } from './connections.service.js';
import { exercised } from './copies.js';

async function main(): Promise<void> {
  const application = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const provided = await application.get(ConnectionsService).start();
  await application.close();
  console.log(JSON.stringify({ provided, alone: await exercised() }));
}

void main();
