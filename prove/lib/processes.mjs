// Processes of one application behind turns: what a balancer that notices a dead process at once does.
import { startApplication } from './application.mjs';

export class Processes {
  #all;
  #turn = 0;

  constructor(all) {
    this.#all = all;
  }

  /** One after the other, so that only the first migrates. @param settings one for each process */
  static async start(settings) {
    const all = [];
    try {
      for (const one of settings) all.push({ settings: one, server: await startApplication(one) });
    } catch (error) {
      await Promise.all(all.map(({ server }) => server.stop()));
      throw error;
    }
    return new Processes(all);
  }

  get count() {
    return this.#all.length;
  }

  /** Of the process whose turn it is; one that is being started again is left out. */
  get port() {
    for (let tries = 0; tries < this.#all.length; tries++) {
      const { server } = this.#all[this.#turn++ % this.#all.length];
      if (server !== null) return server.port;
    }
    throw new Error('No process is up');
  }

  /** kill -9, then a new process in its place. @returns milliseconds from the kill until it took requests again */
  async replace(index) {
    const place = this.#all[index];
    const dying = place.server;
    const killedAt = performance.now();
    place.server = null;
    await dying.stop();
    place.server = await startApplication(place.settings);
    return performance.now() - killedAt;
  }

  /** Asks the first process. */
  ask(question, argument) {
    return this.#all.find(({ server }) => server !== null).server.ask(question, argument);
  }

  stop() {
    return Promise.all(this.#all.map(({ server }) => server?.stop()));
  }
}
