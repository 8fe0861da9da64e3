import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A real SMTP server on loopback that keeps what it is given. It can go away and come back at the same port. */
export class SmtpSink {
  /** `{ id, to, subject, token }` of every message as often as it was delivered, oldest first. */
  received = [];
  #listeners = new Set();
  #worker = new Worker(new URL('smtp-sink.worker.mjs', import.meta.url));
  #isUp = false;

  constructor() {
    this.#worker.on('message', ({ mail }) => {
      if (mail === undefined) return;
      this.received.push(mail);
      for (const listener of this.#listeners) listener(mail);
    });
  }

  /** @param {number} port 0 for a free one */
  async start(port = 0) {
    this.port = await this.#command('start', port);
    this.#isUp = true;
    return this;
  }

  /** For every message from now on. */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** Takes no connections any more, and ends those that are there. */
  async stop() {
    if (!this.#isUp) return;
    this.#isUp = false;
    await this.#command('stop');
  }

  async close() {
    await this.stop();
    await this.#worker.terminate();
  }

  async #command(command, argument) {
    this.#worker.postMessage({ command, argument });
    for (;;) {
      const [message] = await once(this.#worker, 'message');
      if ('done' in message) return message.done;
    }
  }
}
