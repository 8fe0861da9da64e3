import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthCors } from 'nestjs-latchkey';
import { readSettings, type Settings } from './settings.js';
import { startFailure } from './start-failure.js';
import { welcome } from './welcome.js';

async function start(settings: Settings): Promise<void> {
  // The module reads the same settings while it is loaded, so it is loaded once they are known to be good.
  const { AppModule } = await import('./app.module.js');
  const adapter = settings.adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter as ExpressAdapter, {
    logger: ['warn', 'error', 'fatal'],
    abortOnError: false,
    // A start that fails is told in one message of ours, without Nest's own and its stack.
    bufferLogs: true,
    autoFlushLogs: false,
  });
  app.enableCors(app.get(AuthCors));
  app.enableShutdownHooks();
  await app.listen(settings.port, settings.host);
  app.flushLogs();
  console.log(welcome(settings));
}

let settings: Settings | undefined;
try {
  settings = readSettings();
  await start(settings);
} catch (error) {
  console.error(startFailure(error, settings));
  process.exit(1);
}
