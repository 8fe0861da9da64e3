// Two processes of the application whose servers go away, one on Express and one on Fastify, and who talks to them.
import { join } from 'node:path';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { HttpClient } from './http-client.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/outages.mjs');
/** Milliseconds: longer than anything that is promised. */
const PATIENCE = 5_000;

export class Pair {
  #client = new HttpClient();
  #turn = 0;

  constructor(servers) {
    this.servers = servers;
  }

  /** The first one migrates. @param {object} settings see `prove/servers/outages.mjs` */
  static async start(settings) {
    const servers = [];
    const begin = (http) => ServerProcess.start({ node: process.execPath, script: SCRIPT, settings: { ...settings, http } });
    try {
      for (const http of ['express', 'fastify']) servers.push(await begin(http));
      return new Pair(servers);
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      throw error;
    }
  }

  get ports() {
    return this.servers.map(({ port }) => port);
  }

  /** One after the other. */
  get port() {
    return this.ports[this.#turn++ % this.servers.length];
  }

  other(port) {
    return this.ports.find((one) => one !== port);
  }

  /** How many have ended, though nobody has asked them to. */
  get exits() {
    return this.servers.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).length;
  }

  send(port, method, path, options) {
    return this.#client.attempt(port, method, path, { timeout: PATIENCE, ...options });
  }

  /** The answers of both. @throws Error when one has ended: nobody would answer */
  async ask(question, argument) {
    if (this.exits > 0) throw new Error(`${this.exits} of ${this.servers.length} processes ended by themselves`);
    return Promise.all(this.servers.map((server) => server.ask(question, argument)));
  }

  async stop() {
    this.#client.close();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
