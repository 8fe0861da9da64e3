import { fork } from 'node:child_process';
import { join, resolve as absolute } from 'node:path';

const SERVERS = join(import.meta.dirname, '../servers');
const START_DEADLINE = 60_000;

/** An application in a process of its own, on the Node.js that is asked for. */
export class ServerProcess {
  #questions = new Map();
  #lastId = 0;

  constructor(child) {
    this.child = child;
  }

  /** @param {{ node: string, script: string, settings?: object, execArgv?: string[] }} options `script` is a path, or a file of `bench/servers` */
  static start({ node, script, settings = {}, execArgv = [] }) {
    const child = fork(absolute(SERVERS, script), [JSON.stringify(settings)], {
      execPath: node,
      execArgv,
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    });
    const server = new ServerProcess(child);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill();
        reject(new Error(`${script} did not start in time`));
      }, START_DEADLINE);
      child.once('error', reject);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`${script} ended with code ${code}`));
        server.#fail(new Error(`${script} ended with code ${code}`));
      });
      child.on('message', (message) => {
        if (message.ready === undefined) return server.#settle(message);
        clearTimeout(timer);
        Object.assign(server, message.ready);
        resolve(server);
      });
    });
  }

  /** Asks one of the questions that the script answers. */
  ask(question, argument) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      this.child.send({ id, question, argument });
    });
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  #settle({ id, answer, error }) {
    const { resolve, reject } = this.#questions.get(id);
    this.#questions.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  }

  #fail(error) {
    for (const { reject } of this.#questions.values()) reject(error);
    this.#questions.clear();
  }
}
