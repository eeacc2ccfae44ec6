/** Starts the service. `run.ts` builds it, and gives it its settings. */
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const application = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  application.enableShutdownHooks();
  await application.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
  console.log(`Open ${process.env['PUBLIC_URL']}\nEnd it with Ctrl+C.`);
}

void main();
