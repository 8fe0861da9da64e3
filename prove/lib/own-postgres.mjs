import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { binary, ended, freePort, unprivileged, untilUp } from './own-server.mjs';

const run = promisify(execFile);

/** A PostgreSQL that nobody else uses, with the durability that it has by default. */
export class OwnPostgres {
  #directory = mkdtempSync(join(tmpdir(), 'latchkey-prove-postgres-'));
  #identity = unprivileged('postgres');
  // Its own processes end with it.
  #kill = () => {
    this.child?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  };

  /** @param {string[]} settings as `max_connections=50` */
  static async start(settings = []) {
    const server = new OwnPostgres();
    server.settings = settings;
    const { uid, gid } = server.#identity ?? {};
    if (uid !== undefined) chownSync(server.#directory, uid, gid);
    const args = ['-D', server.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
    await run(binary('initdb'), args, { cwd: server.#directory, ...server.#identity });
    server.port = await freePort();
    process.once('exit', server.#kill);
    await server.startAgain();
    return server;
  }

  get url() {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** A database of its own, as `bench/lib/databases.mjs` makes them. */
  async database() {
    const name = `latchkey_prove_${randomBytes(6).toString('hex')}`;
    const version = await this.administer('SHOW server_version');
    await this.administer(`CREATE DATABASE "${name}"`);
    return {
      kind: 'postgres',
      title: `PostgreSQL ${version.split(' ')[0]}`,
      url: `postgres://postgres@127.0.0.1:${this.port}/${name}`,
      drop: () => this.administer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
    };
  }

  /** At the same port. Resolves when it has recovered and answers. */
  async startAgain() {
    const fixed = ['-D', this.#data, '-p', `${this.port}`, '-h', '127.0.0.1', '-k', this.#directory];
    const args = [...fixed, ...this.settings.flatMap((setting) => ['-c', setting])];
    this.child = spawn(binary('postgres'), args, { cwd: this.#directory, ...this.#identity, stdio: 'ignore' });
    await untilUp('postgres', this.child, () => this.administer('SELECT 1'));
  }

  /** @param signal SIGQUIT ends it without a checkpoint: the next start recovers from the log, as after a crash. SIGINT ends it in good order */
  async stop(signal = 'SIGQUIT') {
    await ended(this.child, signal);
  }

  async remove() {
    await this.stop();
    process.off('exit', this.#kill);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One statement. @returns the first value of its first row, as text */
  async administer(statement) {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 3_000 });
    // A connection that is reset says so twice.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query(statement);
      return String(Object.values(rows[0] ?? {})[0] ?? '');
    } finally {
      await client.end();
    }
  }

  get #data() {
    return join(this.#directory, 'data');
  }
}
