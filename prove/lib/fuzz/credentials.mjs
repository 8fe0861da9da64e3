// People of the fuzzed application and everything they hold, of which requests speak in braces.
import { each } from '../attacked.mjs';
import { mutated } from '../crafted-tokens.mjs';
import { Random } from '../random.mjs';

const PASSWORD = 'correct horse battery staple';
const MAIL_WITHIN = 60_000;
const PREPARED_AT_A_TIME = 4;
const PLACEHOLDER = /\{\{(\w+)(?:~(\d+))?\}\}/g;
/** How many are given new credentials at a time, beside the requests. */
const RENEWED_AT_A_TIME = 8;

export class Credentials {
  #people = [];
  #renewals = new Map();
  #made = 0;

  constructor(application) {
    this.application = application;
  }

  async prepare(count) {
    await each(
      Array.from({ length: count }).keys(),
      PREPARED_AT_A_TIME,
      async (at) => (this.#people[at] = await this.#patiently(at)),
    );
  }

  /** While the application is still warming up, its database may be slow to answer. */
  async #patiently(at, tries = 5) {
    try {
      return await this.#make(at);
    } catch (error) {
      if (tries <= 1) throw error;
      return this.#patiently(at, tries - 1);
    }
  }

  /** What the request says, with everything filled in. */
  filled({ method, path, headers, body, isBinary, raw, person }) {
    if (raw !== undefined) return { raw };
    const known = this.#people[person % this.#people.length];
    return {
      method,
      path: fill(path, known),
      headers: headers.map(([name, value]) => [name, fill(value, known)]),
      ...(body === undefined ? {} : { body: fill(body, known), isBinary }),
    };
  }

  /** What somebody holds is no good any more: signed out, deleted, locked. Takes a while. */
  renew(person) {
    const at = person % this.#people.length;
    if (this.#renewals.has(at) || this.#renewals.size >= RENEWED_AT_A_TIME) return;
    const renewal = this.#make(at)
      .then((known) => (this.#people[at] = known))
      // Whoever asks next with what is no good begins again.
      .catch(() => undefined)
      .finally(() => this.#renewals.delete(at));
    this.#renewals.set(at, renewal);
  }

  async settle() {
    await Promise.all(this.#renewals.values());
  }

  get renewed() {
    return this.#made - this.#people.length;
  }

  /** Each is somebody new; every third is an administrator. */
  async #make(at) {
    const { application } = this;
    const name = `person${this.#made++}`;
    const address = (what) => `${name}.${what}@example.com`;
    const email = address('own');
    const roles = at % 3 === 0 ? ['admin'] : [];
    const [userId] = await application.server.ask('makeAccounts', {
      emails: [email],
      password: PASSWORD,
      roles: ['member', ...roles],
    });
    const { accessToken, refreshToken } = (await application.post('/auth/signin', { email, password: PASSWORD })).json;
    const { headers } = await application.post('/auth/signin', { email, password: PASSWORD, delivery: 'cookie' });
    const bearer = [['Authorization', `Bearer ${accessToken}`]];
    await application.post('/auth/signup', { email: address('new'), password: PASSWORD });
    await application.post('/auth/email/change', { email: address('moved') }, bearer);
    await application.post('/auth/invitations', { email: address('guest') }, bearer);
    await application.post('/auth/password/forgot', { email });
    await application.post('/auth/magic-link', { email });
    const mailed = async (to, subject) => {
      const mail = await application.mailbox.next(to, subject, MAIL_WITHIN);
      if (mail?.token == null) throw new Error(`No mail “${subject}” with a token`);
      return mail.token;
    };
    return {
      email,
      userId,
      password: PASSWORD,
      access: accessToken,
      refresh: refreshToken,
      sessionId: refreshToken.split('.')[0],
      cookie: headers['set-cookie'].map((line) => /^latchkey=([^;]+)/.exec(line)?.[1]).find(Boolean),
      fresh: () => `fresh${this.#made++}@example.com`,
      confirmation: await mailed(address('new'), 'Confirm your e-mail address'),
      change: await mailed(address('moved'), 'Confirm your new e-mail address'),
      invitation: await mailed(address('guest'), 'You are invited to localhost'),
      reset: await mailed(email, 'Reset your password'),
      magic: await mailed(email, 'Your sign-in link'),
    };
  }
}

function fill(text, known) {
  return text.replace(PLACEHOLDER, (whole, name, seed) => {
    const value = known[name];
    if (value === undefined) return whole;
    const plain = typeof value === 'function' ? value() : value;
    return seed === undefined ? plain : mutated(plain, new Random(Number(seed)));
  });
}
