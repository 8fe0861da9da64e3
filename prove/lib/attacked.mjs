// Two processes of the application whose credentials are attacked, one on Express and one on Fastify, and who talks to them.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { postgresDatabase } from '../../bench/lib/databases.mjs';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { newSecret } from './application.mjs';
import { HttpClient } from './http-client.mjs';
import { Processes } from './processes.mjs';
import { openTables } from './tables.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/credentials.mjs');

export const PASSWORD = 'correct horse battery staple';

export class Attacked {
  #client = new HttpClient();
  #lastLook = Promise.resolve();

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** On a database of its own. @param settings see `prove/servers/credentials.mjs`; what is left out is none */
  static async start(settings = {}) {
    const database = await postgresDatabase();
    if (database === null) throw new Error('No PostgreSQL at DATABASE_URL');
    const shared = { database, secret: newSecret(), smtp: null, redis: null, options: {}, faults: [], ...settings };
    const all = [];
    try {
      for (const http of ['express', 'fastify']) {
        const one = { ...shared, http };
        all.push({ settings: one, server: await ServerProcess.start({ node: process.execPath, script: SCRIPT, settings: one }) });
      }
      return new Attacked({
        database,
        processes: new Processes(all),
        servers: all.map(({ server }) => server),
        tables: await openTables(database),
      });
    } catch (error) {
      await Promise.all(all.map(({ server }) => server.stop()));
      await database.drop();
      throw error;
    }
  }

  /** To the process whose turn it is, see {@link HttpClient.attempt}. */
  send(method, path, options) {
    return this.sendTo(this.processes.port, method, path, options);
  }

  sendTo(port, method, path, options) {
    return this.#client.attempt(port, method, path, options);
  }

  post(path, json, headers) {
    return this.send('POST', path, { json, headers });
  }

  async signIn(email, headers) {
    const answer = await this.post('/auth/signin', { email, password: PASSWORD }, headers);
    if (answer.status !== 200) throw new Error(`A sign-in was answered with ${answer.status} ${answer.body}`);
    return answer.json;
  }

  me(accessToken) {
    return this.send('GET', '/auth/me', { headers: { Authorization: `Bearer ${accessToken}` } });
  }

  makeAccounts(emails) {
    return this.processes.ask('makeAccounts', { emails, password: PASSWORD });
  }

  /** Password hashes computed so far to look at a guess, over both processes. */
  async looks() {
    const counts = await Promise.all(this.servers.map((server) => server.ask('looks')));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** What the database says, past the library; one question at a time. */
  rows(sql) {
    const look = this.#lastLook.then(() => this.tables.rows(sql));
    this.#lastLook = look.catch(() => undefined);
    return look;
  }

  async stop() {
    this.#client.close();
    await this.processes.stop();
    await this.tables.close();
    await this.database.drop();
  }
}

const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
/** Of a Redis operation, in milliseconds: a busy machine is no outage, during which each process goes by itself. */
const REDIS_DEADLINE = 10_000;

/** Settings of a Redis with keys of this run. @throws Error when there is none: processes that go by themselves would show something else */
export async function redisSettings() {
  const { hostname, port } = new URL(REDIS_URL);
  const socket = connect(Number(port || 6379), hostname);
  try {
    await once(socket, 'connect');
  } catch {
    throw new Error('No Redis at REDIS_URL');
  } finally {
    socket.destroy();
  }
  return { url: REDIS_URL, prefix: `latchkey-prove-${randomBytes(6).toString('hex')}:`, deadline: REDIS_DEADLINE };
}

/** Does `work` for every item, so many at a time. */
export async function each(items, atATime, work) {
  const waiting = [...items].toReversed();
  await Promise.all(
    Array.from({ length: Math.min(atATime, waiting.length) }, async () => {
      while (waiting.length > 0) await work(waiting.pop());
    }),
  );
}
