// Who talks to an application while its servers come and go: signed in and not, honest and not, at a steady rate whatever the answers take.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const PASSWORD = 'correct horse battery staple';
/** What was revoked is refused everywhere after this, in milliseconds; and some, since the acknowledgement has to travel. */
export const REVOKED_WITHIN = 1_000 + 100;
const COOKIE = 'latchkey';

const bearer = (accessToken) => ({ Authorization: `Bearer ${accessToken}` });

/** What each kind of request is answered with when nothing is wrong. */
export const HEALTHY = {
  private: 200,
  cookie: 200,
  staff: 200,
  newcomer: 200,
  stranger: 200,
  'sign-in': 200,
  'sign-up': 201,
  refresh: 200,
  forgot: 202,
  'sign-out': 204,
  'signed out': 401,
  revoked: 401,
  garbage: 401,
  open: 200,
};

/**
 * @typedef {object} Answer
 * @property {string} kind
 * @property {number} status 0 when there was none
 * @property {number} askedAt of `performance.now()`, in milliseconds
 * @property {number} took milliseconds
 * @property {boolean} saysWhen it has a `Retry-After`
 */

export class Visitors {
  /** @type {Answer[]} */
  answers = [];
  /** What the application has said that it has done. */
  signedUp = [];
  signedOut = [];
  signedIn = [];
  refreshing = [];
  /** Refreshed without an answer, and refused later: the predecessor's grace was over. Contract 4.3. */
  late = 0;
  /** Who comes as a stranger; see {@link newStrangers}. */
  strangers = [];
  #warm = [];
  #cookies = [];
  #leaving = [];
  #number = 0;
  #working = false;
  /** Several may come to one database, one after the other. */
  #name = randomBytes(4).toString('hex');

  /** @param {{ pair: import('./pair.mjs').Pair, random: import('./random.mjs').Random }} options */
  constructor({ pair, random }) {
    this.pair = pair;
    this.random = random;
  }

  /** So many people sign in, of whom a few are kept for one thing each. */
  async arrive(count) {
    this.emails = Array.from({ length: count }, (_, at) => `${this.#name}.${at}@example.com`);
    await this.pair.servers[0].ask('makeAccounts', { emails: this.emails, password: PASSWORD });
    for (const email of this.emails) this.#warm.push(await this.#signIn(email));
    for (const email of this.emails.slice(0, count / 2)) {
      this.refreshing.push({ ...(await this.#signIn(email)), isBusy: false, isCertain: true });
      this.#leaving.push(await this.#signIn(email));
      const { headers } = await this.#post(this.pair.port, '/auth/signin', { email, password: PASSWORD, delivery: 'cookie' });
      this.#cookies.push(headers['set-cookie'].find((one) => one.startsWith(`${COOKIE}=`)).split(';')[0]);
    }
    // Both processes get to know them.
    for (const port of this.pair.ports) {
      for (const { accessToken } of this.#warm) await this.#get('private', port, '/staff', bearer(accessToken));
      for (const cookie of this.#cookies) await this.#get('cookie', port, '/auth/me', { Cookie: cookie });
    }
    // Some have left already.
    for (const session of this.#leaving.splice(0, count / 4)) await this.#signOut(this.pair.port, session);
    this.answers = [];
  }

  /** Sessions that a process does not know. They stay away until they are made {@link strangers}. */
  async newStrangers(count) {
    const strangers = [];
    for (let at = 0; at < count; at++) {
      const port = this.pair.ports[at % 2];
      strangers.push({ ...(await this.#signIn(this.random.pick(this.emails), port)), port: this.pair.other(port) });
    }
    return strangers;
  }

  /** @param {Record<string, number>} shares how many of all requests begin which kind of visit */
  start(perSecond, shares) {
    const kinds = Object.entries(shares).flatMap(([kind, share]) => Array.from({ length: share }, () => kind));
    this.#working = true;
    this.work = this.#come(perSecond, kinds);
  }

  /** Resolves when everybody has been answered. */
  async stop() {
    this.#working = false;
    await this.work;
  }

  /** So many whose sessions have ended, the first ones first, try once more at both processes. */
  async replay(count) {
    const waiting = this.signedOut.filter(({ at }) => performance.now() - at > REVOKED_WITHIN).slice(0, count);
    const one = async () => {
      for (let session = waiting.pop(); session !== undefined; session = waiting.pop())
        for (const port of this.pair.ports) await this.#get('revoked', port, '/private', bearer(session.accessToken));
    };
    await Promise.all(Array.from({ length: 8 }, one));
  }

  /** Somebody guesses at many accounts from one address, one after the other. @returns how many guesses were looked at, and how many refused */
  async guess(count) {
    const headers = this.#source();
    const told = { looked: 0, refused: 0 };
    for (let at = 0; at < count; at++) {
      const json = { email: `nobody${at}@example.com`, password: 'wrong horse' };
      const { status } = await this.#send('guess', this.pair.port, 'POST', '/auth/signin', { json, headers });
      if (status === 401) told.looked++;
      if (status === 429) told.refused++;
      // Whoever hangs, hangs.
      if (status === 0) break;
    }
    return told;
  }

  /** Open loop: who comes does not wait for those before. */
  async #come(perSecond, kinds) {
    const under = new Set();
    const startedAt = performance.now();
    let come = 0;
    while (this.#working) {
      const wait = startedAt + (come++ * 1000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      const visit = this[this.random.pick(kinds)](this.pair.port).finally(() => under.delete(visit));
      under.add(visit);
    }
    await Promise.all(under);
  }

  async private(port) {
    await this.#get('private', port, '/private', bearer(this.random.pick(this.#warm).accessToken));
  }

  async staff(port) {
    await this.#get('staff', port, '/staff', bearer(this.random.pick(this.#warm).accessToken));
  }

  async cookie(port) {
    await this.#get('cookie', port, '/private', { Cookie: this.random.pick(this.#cookies) });
  }

  async open(port) {
    await this.#get('open', port, '/open', {});
  }

  async garbage(port) {
    await this.#get('garbage', port, '/private', bearer(`${this.#warm[0].accessToken.slice(0, -8)}AAAAAAAA`));
  }

  /** While the database is away nobody gets to know who it is. */
  async stranger() {
    if (this.strangers.length === 0) return;
    const { accessToken, port } = this.random.pick(this.strangers);
    await this.#get('stranger', port, '/private', bearer(accessToken));
  }

  /** Signs in at one process and goes on at the other. */
  async newcomer(port) {
    const answer = await this.#post(port, '/auth/signin', { email: this.random.pick(this.emails), password: PASSWORD }, 'sign-in');
    if (answer.status !== 200) return;
    const session = JSON.parse(answer.body);
    this.signedIn.push(session);
    this.#leaving.push(session);
    await this.#get('newcomer', this.pair.other(port), '/private', bearer(session.accessToken));
  }

  /** Leaves, and is seen no more. */
  async leaver(port) {
    const session = this.#leaving.shift();
    if (session === undefined) return;
    if (!(await this.#signOut(port, session))) {
      this.#leaving.push(session);
      return;
    }
    await delay(REVOKED_WITHIN);
    for (const one of this.pair.ports) await this.#get('signed out', one, '/private', bearer(session.accessToken));
  }

  async revoked(port) {
    const { accessToken, at } = this.random.pick(this.signedOut);
    if (performance.now() - at > REVOKED_WITHIN) await this.#get('revoked', port, '/private', bearer(accessToken));
  }

  /** One after the other with each session; one whose last answer did not come asks with the same token again. */
  async refresh(port) {
    const session = this.random.pick(this.refreshing);
    if (session === undefined || session.isBusy) return;
    session.isBusy = true;
    const answer = await this.#post(port, '/auth/refresh', { refreshToken: session.refreshToken }, null);
    session.isBusy = false;
    if (answer.status === 401 && !session.isCertain) this.late++;
    else this.#note('refresh', answer);
    if (answer.status === 200) Object.assign(session, JSON.parse(answer.body), { isCertain: true });
    else if (answer.status === 401) this.refreshing.splice(this.refreshing.indexOf(session), 1);
    else session.isCertain = false;
  }

  async #signOut(port, { accessToken }) {
    const { status } = await this.#send('sign-out', port, 'POST', '/auth/signout', { json: {}, headers: bearer(accessToken) });
    if (status === 204) this.signedOut.push({ accessToken, at: performance.now() });
    return status === 204;
  }

  /** Each time another address: over its limit of mails the database is not asked. */
  async forgot(port) {
    await this.#post(port, '/auth/password/forgot', { email: `${this.#name}.forgot${this.#number++}@example.com` }, 'forgot');
  }

  async signUp(port) {
    const email = `${this.#name}.new${this.#number++}@example.com`;
    const { status } = await this.#post(port, '/auth/signup', { email, password: PASSWORD }, 'sign-up');
    if (status === 201) this.signedUp.push(email);
  }

  async #signIn(email, port = this.pair.port) {
    const answer = await this.#post(port, '/auth/signin', { email, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`A sign-in was answered with ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  #get(kind, port, path, headers) {
    return this.#send(kind, port, 'GET', path, { headers });
  }

  #post(port, path, json, kind = null) {
    return this.#send(kind, port, 'POST', path, { json, headers: this.#source() });
  }

  /** @param kind `null` when it is not noted, or noted later */
  async #send(kind, port, method, path, options) {
    const askedAt = performance.now();
    const answer = { ...(await this.pair.send(port, method, path, options)), askedAt };
    if (kind !== null) this.#note(kind, answer);
    return answer;
  }

  #note(kind, { status, askedAt, took, headers }) {
    this.answers.push({ kind, status, askedAt, took, saysWhen: headers['retry-after'] !== undefined });
  }

  /** Everybody comes from somewhere else, so that no limit per source is met by chance. */
  #source() {
    return { 'X-Forwarded-For': [10, ...Array.from({ length: 3 }, () => this.random.between(1, 254))].join('.') };
  }
}
