// People who sign up; every second one confirms the address, forgets the password and sets a new one. They remember what they were told.
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from './http-client.mjs';

/** How long somebody waits for a mail before going on without; what a killed process held comes a minute later. */
const PATIENCE = 1_500;
/** Milliseconds. */
const AFTER_NO_ANSWER = 100;

/**
 * What one person did. Of each step: `true` when it was acknowledged, `null` when there was no answer, so that it may or may not have
 * happened, absent when it was not tried.
 *
 * @typedef {{ email: string, password: string, signUp?: boolean | null, confirm?: boolean | null, forgot?: boolean | null,
 *   reset?: boolean | null, newPassword: string }} Person
 */

export class People {
  /** @type {Person[]} */
  all = [];
  /** Answers that nobody should get: `path status`. */
  unexpected = new Map();
  answered = 0;
  /** Answers 503: nothing was acknowledged. */
  unavailable = 0;
  #client = new HttpClient();
  #working = true;

  /** @param {{ processes: import('./processes.mjs').Processes, mailbox: import('./mailbox.mjs').Mailbox, prefix: string, required: boolean }} options */
  constructor(options) {
    Object.assign(this, options);
  }

  /** So many at a time, one person after the other, until {@link stop}. */
  start(atATime) {
    this.work = Promise.all(Array.from({ length: atATime }, () => this.#live()));
  }

  async stop() {
    this.#working = false;
    await this.work;
  }

  close() {
    this.#client.close();
  }

  /** @returns the answer, or `null` when there was none, or none that says what has happened */
  async post(path, body) {
    try {
      const answer = await this.#client.post(this.processes.port, path, body);
      this.answered++;
      if (answer.status < 500) return answer;
      if (answer.status === 503) this.unavailable++;
      else this.#note(path, answer);
      return null;
    } catch {
      return null;
    }
  }

  async #live() {
    while (this.#working) {
      const number = this.all.length;
      const email = `${this.prefix}${number}@example.com`;
      const person = { email, password: `correct horse ${number}`, newPassword: `battery staple ${number}` };
      this.all.push(person);
      person.signUp = await this.#step('/auth/signup', { email, password: person.password }, this.required ? 202 : 201);
      if (person.signUp === null) await delay(AFTER_NO_ANSWER);
      // Half of them leave it at that.
      if (person.signUp !== true || number % 2 === 0) continue;
      const confirmation = await this.mailbox.next(email, 'Confirm your e-mail address', PATIENCE);
      if (confirmation === null) continue;
      person.confirm = await this.#step('/auth/email/confirm', { token: confirmation.token }, 204);
      if (person.confirm !== true) continue;
      person.forgot = await this.#step('/auth/password/forgot', { email }, 202);
      if (person.forgot !== true) continue;
      const reset = await this.mailbox.next(email, 'Reset your password', PATIENCE);
      if (reset === null) continue;
      person.reset = await this.#step('/auth/password/reset', { token: reset.token, password: person.newPassword }, 204);
    }
  }

  async #step(path, body, success) {
    const answer = await this.post(path, body);
    if (answer === null) return null;
    if (answer.status === success) return true;
    this.#note(path, answer);
    return null;
  }

  #note(path, { status, body }) {
    const key = `${path} ${status} ${body.slice(0, 200)}`;
    this.unexpected.set(key, (this.unexpected.get(key) ?? 0) + 1);
  }
}
