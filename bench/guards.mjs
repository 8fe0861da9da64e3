// CPU per request of what stands before a route.
import { randomBytes } from 'node:crypto';
import { requestBytes } from './lib/connection.mjs';
import { load } from './lib/load.mjs';
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
 * Every round measures every variant once, in an order that rotates, so that whatever disturbs the machine disturbs all of them. Every
 * run starts all processes anew, because what the compiler makes of one and the same code differs from process to process.
 *
 * @returns for every variant its microseconds of CPU per request, one figure per round
 */
export async function measureGuards({ node, http, runs, rounds, milliseconds, warmUp, variants = VARIANTS }) {
  const results = variants.map(({ id, title }) => ({ id, title, costs: [], answered: 0 }));
  for (let run = 0; run < runs[http]; run++) {
    const contenders = [];
    try {
      for (const variant of variants) contenders.push(await contender(variant, { node, http, warmUp }));
      for (let round = 0; round < rounds; round++) {
        for (let turn = 0; turn < contenders.length; turn++) {
          const which = (turn + round) % contenders.length;
          await drive(contenders[which], SETTLE);
          const { answered, cpu } = await drive(contenders[which], milliseconds);
          results[which].costs.push(cpu / answered);
          results[which].answered += answered;
        }
      }
    } finally {
      await Promise.all(contenders.map(({ server }) => server.stop()));
    }
  }
  return results;
}

async function contender(variant, { node, http, warmUp }) {
  const settings = { http, secret: randomBytes(48).toString('base64url'), password: randomBytes(16).toString('hex') };
  const server = await ServerProcess.start({ node, script: variant.script, settings: { ...settings, ...variant.settings } });
  try {
    const ready = { server, requests: await requestsFor(variant, server) };
    await drive(ready, warmUp);
    return ready;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function requestsFor({ path, credentials, headers }, server) {
  if (credentials === undefined) return [requestBytes('GET', path)];
  const given = await server.ask('credentials', credentials);
  return given.map((one) => requestBytes('GET', path, headers(one)));
}

/** User and system time of the whole server process, garbage collection included. */
async function drive({ server, requests }, milliseconds) {
  const before = await server.ask('cpu');
  const answered = await load({ port: server.port, requests, connections: CONNECTIONS, milliseconds });
  const after = await server.ask('cpu');
  return { answered, cpu: after.user + after.system - before.user - before.system };
}
