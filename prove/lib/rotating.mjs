// Two processes of an application whose keys change: by a deploy with other options, or by the files that running processes read.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase } from '../../bench/lib/databases.mjs';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { HttpClient } from './http-client.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/rotating.mjs');
/** During which a deploy has an old and a new process side by side, in milliseconds. */
const SIDE_BY_SIDE = 500;
const PATIENCE = 60_000;

export const newKeys = () => ({
  secret: randomBytes(32).toString('base64url'),
  jwk: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  pepper: { id: randomBytes(4).toString('hex'), secret: randomBytes(32).toString('base64url') },
});

export class Rotating {
  #client = new HttpClient();
  #turn = 0;
  #directory = mkdtempSync(join(tmpdir(), 'latchkey-prove-keys-'));

  /** @param settings see `prove/servers/rotating.mjs`; `way` is 'deploys' or 'files' */
  static async start({ way, schedule, ...settings }) {
    const database = await postgresDatabase();
    if (database === null) throw new Error('No PostgreSQL at DATABASE_URL');
    const application = new Rotating();
    const files = { secrets: application.#file('secrets'), pairs: application.#file('pairs.json'), ...schedule };
    const keys = [newKeys()];
    Object.assign(application, { database, way, keys, servers: [] });
    application.settings = { database, files: way === 'files' ? files : null, ...settings };
    application.#write(keys);
    try {
      // One after the other, so that only the first migrates.
      for (const http of ['express', 'fastify']) application.servers.push(await application.#launch(http));
      return application;
    } catch (error) {
      await application.stop();
      throw error;
    }
  }

  /** Puts the keys in force. Resolves when both processes sign with the first of them, and know none that is not among them. */
  async use(keys) {
    const goesOn = keys[0] === this.keys[0];
    this.keys = keys;
    if (this.way === 'deploys') return this.#deploy();
    const fingerprints = () => Promise.all(this.servers.map((server) => server.ask('fingerprints')));
    const kinds = this.settings.algorithm === 'HS256' ? ['secrets'] : ['secrets', 'keyPairs'];
    const [before] = await fingerprints();
    const isDone = (now) => kinds.every((kind) => now[kind].length <= keys.length && (now[kind][0] === before[kind][0]) === goesOn);
    this.#write(keys);
    const deadline = Date.now() + PATIENCE;
    while (!(await fingerprints()).every(isDone)) {
      if (Date.now() > deadline) throw new Error('The keys are not in force');
      await delay(20);
    }
  }

  /** Others take over from the processes that run, one after the other; those end when they have answered. */
  async #deploy() {
    const next = await Promise.all(['express', 'fastify'].map((http) => this.#launch(http)));
    for (const [at, server] of next.entries()) {
      const old = this.servers[at];
      this.servers[at] = server;
      await delay(SIDE_BY_SIDE);
      await old.ask('close');
      await old.stop();
    }
  }

  get ports() {
    return this.servers.map(({ port }) => port);
  }

  send(method, path, options) {
    return this.sendTo(this.ports[this.#turn++ % this.servers.length], method, path, options);
  }

  sendTo(port, method, path, options) {
    return this.#client.attempt(port, method, path, options);
  }

  post(path, json, headers) {
    return this.send('POST', path, { json, headers });
  }

  ask(question, argument) {
    return this.servers[0].ask(question, argument);
  }

  async stop() {
    this.#client.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.database.drop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #launch(http) {
    const settings = { ...this.settings, http, keys: this.keys };
    return ServerProcess.start({ node: process.execPath, script: SCRIPT, settings });
  }

  #file(name) {
    return join(this.#directory, name);
  }

  /** Whole or not at all. */
  #write(keys) {
    for (const [name, text] of [
      ['secrets', keys.map(({ secret }) => secret).join('\n')],
      ['pairs.json', JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })],
    ]) {
      writeFileSync(this.#file(`${name}.new`), text);
      renameSync(this.#file(`${name}.new`), this.#file(name));
    }
  }
}
