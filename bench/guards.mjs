// CPU per request of what stands before a route.
import { randomBytes } from 'node:crypto';
import { getRequest, load } from './lib/load.mjs';
import { ServerProcess } from './lib/server-process.mjs';

export const CONNECTIONS = 32;
/** Distinct tokens or cookies that the requests take turns with. */
export const CREDENTIALS = 500;
/** New connections, cold caches of the processor: not measured. */
const SETTLE = 150;

const COOKIE = 'latchkey';
const bearer = ({ accessToken }) => ({ Authorization: `Bearer ${accessToken}` });

/** What is compared. `credentials` is what the server is asked for; `headers` makes a request of one of them. */
export const VARIANTS = [
  { id: 'bare', title: 'bare Nest route', script: 'bare.mjs', path: '/measured' },
  { id: 'public', title: 'AuthModule, `@Public()` route', script: 'latchkey.mjs', path: '/open' },
  {
    id: 'bearer',
    title: 'AuthModule, bearer token',
    script: 'latchkey.mjs',
    path: '/measured',
    credentials: { delivery: 'bearer', count: CREDENTIALS },
    headers: bearer,
  },
  {
    id: 'cookie',
    title: 'AuthModule, cookie',
    script: 'latchkey.mjs',
    path: '/measured',
    credentials: { delivery: 'cookie', count: CREDENTIALS },
    headers: ({ value }) => ({ Cookie: `${COOKIE}=${value}` }),
  },
  {
    id: 'stock-string',
    title: '`@nestjs/passport` + `passport-jwt`, secret a string (the official guide)',
    script: 'stock.mjs',
    path: '/measured',
    credentials: { count: CREDENTIALS },
    headers: bearer,
  },
  {
    id: 'stock-key-object',
    title: '`@nestjs/passport` + `passport-jwt`, secret a `KeyObject`',
    script: 'stock.mjs',
    settings: { keyObject: true },
    path: '/measured',
    credentials: { count: CREDENTIALS },
    headers: bearer,
  },
];

/**
 * Every round measures every variant once, in an order that rotates, so that whatever disturbs the machine disturbs all of them.
 *
 * @returns for every variant its microseconds of CPU per request, one figure per round
 */
export async function measureGuards({ node, http, rounds, milliseconds, warmUp, variants = VARIANTS, execArgv }) {
  const settings = { http, secret: randomBytes(48).toString('base64url'), password: randomBytes(16).toString('hex') };
  const contenders = [];
  try {
    for (const variant of variants) {
      const server = await ServerProcess.start({
        node,
        script: variant.script,
        settings: { ...settings, ...variant.settings },
        execArgv,
      });
      contenders.push({ variant, server, costs: [], answered: 0 });
    }
    for (const contender of contenders) {
      contender.requests = await requestsFor(contender);
      await run(contender, warmUp);
    }
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const contender = contenders[(turn + round) % contenders.length];
        await run(contender, SETTLE);
        const { answered, cpu } = await run(contender, milliseconds);
        contender.costs.push(cpu / answered);
        contender.answered += answered;
      }
    }
    return contenders.map(({ variant: { id, title }, costs, answered }) => ({ id, title, costs, answered }));
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
  }
}

async function requestsFor({ variant: { path, credentials, headers }, server }) {
  if (credentials === undefined) return [getRequest(path)];
  const given = await server.ask('credentials', credentials);
  return given.map((one) => getRequest(path, headers(one)));
}

/** User and system time of the whole server process, garbage collection included. */
async function run({ server, requests }, milliseconds) {
  const before = await server.ask('cpu');
  const answered = await load({ port: server.port, requests, connections: CONNECTIONS, milliseconds });
  const after = await server.ask('cpu');
  return { answered, cpu: after.user + after.system - before.user - before.system };
}
