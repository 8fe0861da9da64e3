import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { administer } from '../../bench/lib/databases.mjs';
import { binary, ended, freePort, unprivileged, untilUp } from './own-server.mjs';

const run = promisify(execFile);

/** A PostgreSQL that nobody else uses, with the durability that it has by default. */
export class OwnPostgres {
  #directory = mkdtempSync(join(tmpdir(), 'latchkey-prove-postgres-'));
  #identity = unprivileged('postgres');
  #frozen = [];
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

  /** The next start is at another port. */
  async move() {
    this.port = await freePort();
  }

  /** kill -9 of all its processes: nobody has a chance to write anything. */
  async kill() {
    const all = await this.#processes();
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    signalAll(all, 'SIGKILL');
    await gone;
  }

  /** Takes connections, and says nothing. */
  async freeze() {
    this.#frozen = await this.#processes();
    signalAll(this.#frozen, 'SIGSTOP');
  }

  thaw() {
    signalAll(this.#frozen, 'SIGCONT');
    this.#frozen = [];
  }

  /** @param signal SIGQUIT ends it without a checkpoint: the next start recovers from the log, as after a crash. SIGINT ends it in good order */
  async stop(signal = 'SIGQUIT') {
    await ended(this.child, signal);
  }

  async remove() {
    this.thaw();
    await this.stop();
    process.off('exit', this.#kill);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One statement. @returns the first value of its first row, as text */
  administer(statement) {
    return administer(this.url, statement);
  }

  /** The one that we have started, and those that it has. */
  async #processes() {
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(this.child.pid)]);
    return [this.child.pid, ...stdout.trim().split(/\s+/).map(Number)];
  }

  get #data() {
    return join(this.#directory, 'data');
  }
}

function signalAll(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself in the meantime.
    }
  }
}
