// What the measured programs have in common: settings, an HTTP adapter, and being asked questions by the process that measures.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';

/** Passed by the parent as JSON. */
export const settings = JSON.parse(process.argv[2]);

/** @param {(app: object) => void} before what the application does before it listens */
export async function start(module, options = {}, before = () => {}) {
  const adapter =
    settings.http === 'fastify'
      ? new (await import('@nestjs/platform-fastify')).FastifyAdapter()
      : new (await import('@nestjs/platform-express')).ExpressAdapter();
  const app = await NestFactory.create(module, adapter, { logger: ['error', 'fatal'], abortOnError: false, ...options });
  before(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

/**
 * Tells the parent that it may begin, and answers its questions from then on.
 *
 * @param {object} facts what the parent is told: for an application where it listens
 * @param {Record<string, (argument: unknown) => unknown>} answers
 */
export function serve(facts, answers = {}) {
  const all = { cpu: () => process.cpuUsage(), memory: () => process.memoryUsage.rss(), ...answers };
  process.on('message', async ({ id, question, argument }) => {
    try {
      process.send({ id, answer: await all[question](argument) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.once('disconnect', () => process.exit(0));
  process.send({ ready: facts });
}

export const portOf = (app) => app.getHttpServer().address().port;
