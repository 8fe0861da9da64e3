// Two processes of the fuzzed application, one on Express and one on Fastify, with a database and a mail server of their own.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase } from '../../../bench/lib/databases.mjs';
import { ServerProcess } from '../../../bench/lib/server-process.mjs';
import { newSecret } from '../application.mjs';
import { Mailbox } from '../mailbox.mjs';
import { SmtpSink } from '../smtp-sink.mjs';
import { openTables } from '../tables.mjs';
import { Wire } from './wire.mjs';

const SCRIPT = join(import.meta.dirname, '../../servers/fuzzed.mjs');

/** Milliseconds. */
export const PROBED_EVERY = 100;
const MAIL_WITHIN = 20_000;
const LOOKED_EVERY = 100;

export class FuzzedApplication {
  wire = new Wire();
  #turn = 0;
  #deferred = 0;

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** @param faults names of files in prove/faults */
  static async start(faults) {
    const database = await postgresDatabase();
    if (database === null) throw new Error('No PostgreSQL at DATABASE_URL');
    const sink = await new SmtpSink().start();
    const shared = { database, secret: newSecret(), smtp: sink.port, faults };
    const servers = [];
    try {
      // One after the other, so that only the first migrates.
      for (const http of ['express', 'fastify'])
        servers.push(
          Object.assign(
            await ServerProcess.start({
              node: process.execPath,
              script: SCRIPT,
              execArgv: ['--expose-gc'],
              settings: { ...shared, http },
            }),
            { http },
          ),
        );
      return new FuzzedApplication({ database, sink, servers, mailbox: new Mailbox(sink), tables: await openTables(database) });
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      await sink.close();
      await database.drop();
      throw error;
    }
  }

  /** Whose turn it is. */
  get server() {
    return this.servers[this.#turn++ % this.servers.length];
  }

  get exits() {
    return this.servers.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).length;
  }

  /** As the application describes itself. */
  async document() {
    const { body } = await this.wire.send(this.server.port, { method: 'GET', path: '/openapi-json', headers: [] });
    return JSON.parse(body);
  }

  /** A request of somebody honest. */
  async post(path, json, headers = []) {
    const {
      status,
      headers: answered,
      body,
    } = await this.wire.send(this.server.port, {
      method: 'POST',
      path,
      headers: [['Content-Type', 'application/json'], ...headers],
      body: JSON.stringify(json),
    });
    if (status < 200 || status > 299) throw new Error(`${path} was answered with ${status} ${body}`);
    return { headers: answered, json: body === '' ? null : JSON.parse(body) };
  }

  /** Megabytes of each process, of what is left after the garbage has been collected. */
  async memory() {
    const all = await Promise.all(this.servers.map((server) => server.ask('memory')));
    return all.map(({ rss }) => rss / 1e6);
  }

  /** Asks the database for a bare commit again and again. `stop` gives how long each took. */
  probe() {
    const times = [];
    let isAsking = true;
    const asking = (async () => {
      while (isAsking) {
        const askedAt = performance.now();
        await this.tables.rows("SELECT pg_logical_emit_message(true, 'probe', '')");
        times.push(performance.now() - askedAt);
        await delay(PROBED_EVERY);
      }
    })();
    return {
      stop: async () => {
        isAsking = false;
        await asking;
        return times;
      },
    };
  }

  /** Until all mail is sent but what has to be tried again later, which is not waited for. @returns how many that is */
  async mailIsOut() {
    for (let tries = 0; tries < MAIL_WITHIN / LOOKED_EVERY; tries++) {
      const { pending } = await this.servers[0].ask('backlog');
      if (pending <= this.#deferred) return pending;
      await delay(LOOKED_EVERY);
    }
    this.#deferred = (await this.servers[0].ask('backlog')).pending;
    return this.#deferred;
  }

  async stop() {
    this.wire.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.sink.close();
    await this.tables.close();
    await this.database.drop();
  }
}
