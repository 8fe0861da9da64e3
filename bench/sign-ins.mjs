// Sign-ins per second beside the hash by itself, and what the rest of the application feels of them.
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, requestBytes } from './lib/connection.mjs';
import { flood, FLOODS, RAMP, signInBytes } from './lib/flood.mjs';
import { ServerProcess } from './lib/server-process.mjs';
import { quantile } from './lib/statistics.mjs';

export const CLIENTS = 100;
export const COST = 12;
const PROBE_EVERY = 10;
/** What the gate does by default: the cores, and one thread less than libuv's pool of four. */
export const WIDTH = Math.max(1, Math.min(availableParallelism(), 3));

/**
 * Rounds go through every database and kind of flood in turn. The bare hash is measured before and after each of them, so that a flood is
 * compared with the processor that it had: where `/me` is asked beside the flood, with hashes beside which a bare route is asked as often.
 *
 * @returns hashes per second without and with that route, and for each database the requests of a flood, one figure per round; `ofHash` is
 *   the share of its neighbours
 */
export async function measureSignIns({ node, databases, rounds, milliseconds }) {
  const password = randomBytes(16).toString('hex');
  const servers = [];
  const open = async (options) => {
    const server = await ServerProcess.start({ node, ...options });
    servers.push(server);
    return server;
  };
  try {
    const hash = await open({ script: 'raw-hash.mjs', settings: { http: 'fastify' } });
    const probe = await ServerProcess.start({ node: process.execPath, script: 'probe.mjs' });
    servers.push(probe);
    const contenders = [];
    for (const database of databases) {
      const settings = { http: 'fastify', database, secret: randomBytes(48).toString('base64url'), width: WIDTH };
      const server = await open({ script: 'sign-in.mjs', settings });
      const emails = await server.ask('users', { count: CLIENTS, password });
      const { accessToken } = await signIn(server, emails[0], password);
      const me = { port: server.port, path: '/auth/me', headers: { Authorization: `Bearer ${accessToken}` }, every: PROBE_EVERY };
      for (let at = 1; at < 5; at++) await signIn(server, emails[at], password);
      const idle = await probe.ask('probe', { ...me, milliseconds: Math.min(3_000, milliseconds) });
      contenders.push({ database, server, emails, me, idle: quantile(idle, 0.99), rounds: [] });
    }
    const hashes = { alone: [], asked: [] };
    const route = { port: hash.port, path: '/measured', headers: {}, every: PROBE_EVERY };
    let last;
    const measureHash = async (kind) => {
      const [{ done, milliseconds: took }] = await Promise.all([
        hash.ask('compare', { cost: COST, width: WIDTH, milliseconds: milliseconds / 2 }),
        kind === 'asked' ? probe.ask('probe', { ...route, milliseconds: milliseconds / 2 }) : [],
      ]);
      last = { kind, perSecond: (done / took) * 1000 };
      hashes[kind].push(last.perSecond);
      return last.perSecond;
    };
    for (let round = 0; round < rounds; round++) {
      for (const { server, emails, me, rounds: results } of contenders) {
        const result = {};
        for (const [name, { pause, isProbed }] of Object.entries(FLOODS)) {
          const kind = isProbed ? 'asked' : 'alone';
          const before = last?.kind === kind ? last.perSecond : await measureHash(kind);
          const [flooded, felt] = await Promise.all([
            flood({ port: server.port, emails, password, milliseconds, pause }),
            isProbed ? delay(RAMP).then(() => probe.ask('probe', { ...me, milliseconds })) : [],
          ]);
          const after = await measureHash(kind);
          result[name] = {
            perSecond: flooded.perSecond,
            ofHash: flooded.perSecond / ((before + after) / 2),
            admittedP99: quantile(flooded.latencies, 0.99),
            refusedPerSecond: flooded.refusals.length / (milliseconds / 1000),
            refusalP99: flooded.refusals.length === 0 ? 0 : quantile(flooded.refusals, 0.99),
            ...(isProbed ? { meP50: quantile(felt, 0.5), meP99: quantile(felt, 0.99), meMax: Math.max(...felt) } : {}),
          };
        }
        results.push(result);
      }
    }
    return {
      hashesPerSecond: hashes.alone,
      hashesBesideRoute: hashes.asked,
      contenders: contenders.map(({ database, idle, rounds: results }) => ({ database, idle, rounds: results })),
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Statements of one operation each, besides BEGIN and COMMIT. */
export async function countStatements({ node, database }) {
  const settings = {
    http: 'fastify',
    database,
    secret: randomBytes(48).toString('base64url'),
    width: WIDTH,
    countStatements: true,
  };
  const server = await ServerProcess.start({ node, script: 'sign-in.mjs', settings });
  try {
    const password = randomBytes(16).toString('hex');
    const [email] = await server.ask('users', { count: 1, password });
    await signIn(server, email, password);
    const counted = async (title, operation) => {
      const before = await server.ask('statements');
      const result = await operation();
      const after = await server.ask('statements');
      rows.push({ title, count: after.count - before.count, inTransaction: after.transactions > before.transactions });
      return result;
    };
    const rows = [];
    const tokens = await counted('sign-in', () => signIn(server, email, password));
    const headers = { Authorization: `Bearer ${tokens.accessToken}` };
    const get = (path, sent) => exchange(server, requestBytes('GET', path, sent));
    await counted('protected route, session not known to the process', () => get('/measured', headers));
    await counted('protected route, session known', () => get('/measured', headers));
    await counted('`@Public()` route', () => get('/open', headers));
    await counted('`GET /auth/me`', () => get('/auth/me', headers));
    const refresh = requestBytes('POST', '/auth/refresh', {}, JSON.stringify({ refreshToken: tokens.refreshToken }));
    await counted('refresh', () => exchange(server, refresh));
    return rows;
  } finally {
    await server.stop();
  }
}

const signIn = async (server, email, password) => JSON.parse(await exchange(server, signInBytes(email, password)));

/** The body of the answer, which must be a 200. */
async function exchange({ port }, bytes) {
  const connection = new Connection(port);
  try {
    const { status, body } = await connection.send(bytes);
    if (status !== 200) throw new Error(`Answered with ${status}: ${body}`);
    return body;
  } finally {
    connection.close();
  }
}
