// What is measured: requests of one client to two applications that differ in nothing but the size of their database.
import { HttpClient } from '../../prove/lib/http-client.mjs';
import { emailOf, liveSessionsOf } from './rows.mjs';

const bearer = ({ accessToken }) => ({ Authorization: `Bearer ${accessToken}` });

/** One database and the application on it. */
export class Site {
  /** For the control: a statement that reads a whole table may take longer than its deadline. */
  mayFail = false;
  #unused;
  #client = new HttpClient();

  /** @param {{ name: string, users: number, rows: object, password: string }} options */
  constructor(options) {
    Object.assign(this, options);
  }

  /** Whom {@link somebody} is chosen from, each once: users from one number to another, in an order of chance. */
  choose(random, from, to) {
    this.#unused = random.shuffled(Array.from({ length: to - from }, (_, at) => from + at));
  }

  /** Somebody who was not measured before, and tokens of one of their sessions, which the process does not know. */
  async somebody() {
    const user = this.#unused.pop();
    const [, number] = liveSessionsOf(user, this.users);
    const [tokens] = await this.server.ask('credentials', { ...this.rows, numbers: [number] });
    return { user, tokens };
  }

  /** Milliseconds until the whole answer was there. */
  async time({ method, path, status, ...request }) {
    const answer = await this.#client.send(this.server.port, method, path, request);
    if (answer.status !== status && !this.mayFail)
      throw new Error(`${this.name}: ${path} answered with ${answer.status}: ${answer.body}`);
    return answer.took;
  }

  close() {
    this.#client.close();
  }
}

const check = (tokens) => ({ method: 'GET', path: '/measured', headers: bearer(tokens), status: 200 });

/** Somebody with a session that the process knows. */
async function knownSomebody(site) {
  const { tokens } = await site.somebody();
  await site.time(check(tokens));
  return tokens;
}

/** Each prepares a request that is then timed; what comes before it is not. */
export const OPERATIONS = {
  'sign-in': async (site) => {
    const { user } = await site.somebody();
    return { method: 'POST', path: '/auth/signin', json: { email: emailOf(user), password: site.password }, status: 200 };
  },
  refresh: async (site) => {
    const { tokens } = await site.somebody();
    return { method: 'POST', path: '/auth/refresh', json: { refreshToken: tokens.refreshToken }, status: 200 };
  },
  'session check, not known to the process': async (site) => check((await site.somebody()).tokens),
  'session list': async (site) => ({
    method: 'GET',
    path: '/auth/sessions',
    headers: bearer(await knownSomebody(site)),
    status: 200,
  }),
  'revoke all others': async (site) => ({
    method: 'DELETE',
    path: '/auth/sessions',
    headers: bearer(await knownSomebody(site)),
    status: 204,
  }),
};

const WARM_UP = 10;

/** @returns milliseconds of each operation at each site, one after the other in an order that is drawn each time */
export async function measureOperations({ sites, rounds, random, names = Object.keys(OPERATIONS), warmUp = WARM_UP }) {
  const taken = Object.fromEntries(names.map((name) => [name, Object.fromEntries(sites.map((site) => [site.name, []]))]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      for (const site of random.shuffled(sites)) {
        const took = await site.time(await OPERATIONS[name](site));
        if (round >= 0) taken[name][site.name].push(took);
      }
    }
  }
  return taken;
}

/** One request of each operation. @returns statements with their plans, by operation */
export async function plansOfOperations(site, names = Object.keys(OPERATIONS)) {
  const plans = [];
  for (const name of names) {
    const request = await OPERATIONS[name](site);
    plans.push(...(await plansOf(site, name, () => site.time(request))));
  }
  return plans;
}

/** @returns the statements that `work` causes, with their plans */
export async function plansOf(site, operation, work) {
  await site.server.ask('capture');
  await work();
  return (await site.server.ask('plans')).map((plan) => ({ operation, ...plan }));
}
