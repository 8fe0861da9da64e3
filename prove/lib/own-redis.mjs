import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary, ended, freePort, untilUp } from './own-server.mjs';

const run = promisify(execFile);

/** A Redis that nobody else uses and that keeps nothing on disk: whoever stops it has emptied it. */
export class OwnRedis {
  #directory = mkdtempSync(join(tmpdir(), 'latchkey-prove-redis-'));
  #kill = () => {
    this.child?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  };

  static async start() {
    const server = new OwnRedis();
    server.port = await freePort();
    process.once('exit', server.#kill);
    await server.startAgain();
    return server;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** At the same port. */
  async startAgain() {
    const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#directory];
    this.child = spawn(binary('redis-server'), ['--port', String(this.port), ...fixed], { stdio: 'ignore' });
    await untilUp('redis-server', this.child, () => this.#answers());
  }

  async stop(signal = 'SIGKILL') {
    await ended(this.child, signal);
  }

  /** Takes connections, and says nothing. */
  freeze() {
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  /** @returns what it answers, a line for each value */
  async command(...words) {
    const { stdout } = await run(binary('redis-cli'), ['-p', String(this.port), ...words]);
    return stdout.trim();
  }

  async remove() {
    await this.stop();
    process.off('exit', this.#kill);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #answers() {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write('PING\r\n');
      const [answer] = await once(socket, 'data');
      if (!String(answer).startsWith('+PONG')) throw new Error(`Redis says ${answer}`);
    } finally {
      socket.destroy();
    }
  }
}
