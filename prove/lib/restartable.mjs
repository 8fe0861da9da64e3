// Two processes of one application, with a Redis and a database of their own, all of which can be stopped and started again.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { newSecret } from './application.mjs';
import { HttpClient } from './http-client.mjs';
import { OwnRedis } from './own-redis.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/credentials.mjs');
const BACK_WITHIN = 60_000;

export class Restartable {
  #client = new HttpClient();
  #turn = 0;

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** @param {{ database: object, settings: object }} options see `prove/servers/credentials.mjs`; the Redis is made here */
  static async start({ database, settings }) {
    const redis = await OwnRedis.start();
    const shared = { database, secret: newSecret(), redis: { url: redis.url, prefix: 'prove:' }, faults: [], ...settings };
    const places = ['express', 'fastify'].map((http) => ({ settings: { ...shared, http }, server: null }));
    const application = new Restartable({ database, redis, places });
    try {
      // One after the other, so that only the first migrates.
      for (const place of places) place.server = await launch(place);
      return application;
    } catch (error) {
      await application.stop();
      throw error;
    }
  }

  /** kill -9 of both processes at once, then new ones in their places. @param between what else happens while there is none */
  async restartProcesses(between = async () => undefined) {
    await Promise.all(this.places.map(({ server }) => server.stop()));
    await between();
    const servers = await Promise.all(this.places.map(launch));
    for (const [at, server] of servers.entries()) this.places[at].server = server;
  }

  /** kill -9: it keeps nothing. */
  async restartRedis() {
    await this.redis.stop();
    await this.redis.startAgain();
  }

  get ports() {
    return this.places.map(({ server }) => server.port);
  }

  /** To the process whose turn it is. */
  send(method, path, options) {
    return this.sendTo(this.ports[this.#turn++ % this.places.length], method, path, options);
  }

  post(path, json, headers) {
    return this.send('POST', path, { json, headers });
  }

  sendTo(port, method, path, options) {
    return this.#client.exchange(port, method, path, options);
  }

  /** As {@link send}, and again while the answer is 503: what has just come back may ask for patience. */
  async persist(...request) {
    const deadline = Date.now() + BACK_WITHIN;
    for (;;) {
      const answer = await this.send(...request);
      if (answer.status !== 503 || Date.now() > deadline) return answer;
      await delay(50);
    }
  }

  ask(question, argument) {
    return this.places[0].server.ask(question, argument);
  }

  async stop() {
    this.#client.close();
    await Promise.all(this.places.map(({ server }) => server?.stop()));
    await this.redis.remove();
    await this.database.drop();
  }
}

const launch = ({ settings }) => ServerProcess.start({ node: process.execPath, script: SCRIPT, settings });
