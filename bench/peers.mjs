// Latchkey, its peers and the raw limits at the same work: requests of somebody signed in, sign-in, refresh, sign-up, list of sessions.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop } from './lib/closed-loop.mjs';
import { Connection } from './lib/connection.mjs';
import { CHEAP_HASHES, REAL_HASHES } from './lib/contenders.mjs';
import { ServerProcess } from './lib/server-process.mjs';
import { quantile } from './lib/statistics.mjs';
import { COST, WIDTH } from './sign-ins.mjs';

export const CLIENTS = 8;
/** Who stays signed in, on so many devices each. Visitors sign in again and again. */
export const RESIDENTS = 10;
export const DEVICES = 10;
export const CHEAP_COST = 4;
/** New connections, cold caches of the processor: not measured. */
const SETTLE = 100;
/** An operation is carried out so often to see how many statements most of them take; what it leaves to be done afterwards counts. */
const COUNTED = 5;
const AFTERWARDS = 60;

export const REQUESTS = { open: 'public route', bearer: 'bearer', cookie: 'cookie' };
export const OPERATIONS = { signIn: 'sign-in', refresh: 'refresh', signUp: 'sign-up', list: 'list of 10 sessions' };
const HASHING = new Set(['signIn', 'signUp']);

/** What a contender can do. */
const abilities = ({ open, bearer, cookie, refresh, signUp, list }) => ({
  open,
  bearer,
  cookie,
  signIn: bearer ?? cookie,
  refresh,
  signUp,
  list,
});

/** @returns for every contender its memory, and the rounds of every kind of request */
export const measureRequests = (options) =>
  measure({ ...options, contenders: CHEAP_HASHES, kinds: Object.keys(REQUESTS), cost: CHEAP_COST, visitors: 0, hashes: [] });

/** With a cheap hash, which is measured by itself and can be taken away. */
export const measureOperations = (options) =>
  measure({
    ...options,
    contenders: CHEAP_HASHES,
    kinds: Object.keys(OPERATIONS),
    cost: CHEAP_COST,
    visitors: 50,
    hashes: [{ id: 'bcrypt', kind: 'bcrypt', cost: CHEAP_COST }],
  });

/** With the hash of a deployment. */
export const measureHashing = (options) =>
  measure({
    ...options,
    contenders: REAL_HASHES,
    kinds: [...HASHING],
    cost: COST,
    // Every one of them is made with the hash that is measured.
    visitors: 10,
    // One such operation takes longer than it takes to settle.
    settle: 0,
    isCounted: false,
    hashes: [
      { id: 'bcrypt', kind: 'bcrypt', cost: COST },
      { id: 'scrypt', kind: 'scrypt' },
    ],
  });

/**
 * Every round measures everything once, in an order that rotates, so that whatever disturbs the machine disturbs all.
 *
 * @returns `{ hashes, contenders }`, one figure per round each
 */
async function measure(options) {
  const { node, http, makeDatabase, redis, contenders: all, kinds, cost, hashes, visitors, isCounted = true } = options;
  const { rounds, milliseconds, warmUp, settle = SETTLE } = options;
  const able = all.filter(
    (contender) =>
      contender.http.includes(http) &&
      (redis !== null || !contender.needsRedis) &&
      kinds.some((kind) => abilities(contender)[kind] !== undefined),
  );
  const opened = [];
  const turns = [];
  try {
    const results = { hashes: [], contenders: [] };
    if (hashes.length > 0) {
      const server = await ServerProcess.start({ node, script: 'raw-hash.mjs' });
      opened.push(async () => server.stop());
      for (const { id, ...hash } of hashes) {
        const result = { id, rounds: [] };
        results.hashes.push(result);
        turns.push({
          server,
          rounds: result.rounds,
          drive: (time) => hashLoop(server, { ...hash, width: WIDTH, milliseconds: time }),
        });
      }
    }
    for (const contender of able) {
      const { server, close, databaseTitle } = await open(contender, { node, http, makeDatabase, redis, cost });
      opened.push(close);
      const result = {
        id: contender.id,
        title: contender.title,
        database: databaseTitle,
        atRest: await server.ask('memory'),
        kinds: {},
      };
      results.contenders.push(result);
      const clientsOf = await prepare(contender, server, kinds, visitors);
      for (const kind of kinds.filter((one) => abilities(contender)[one] !== undefined)) {
        const clients = clientsOf[kind];
        const status = kind === 'signUp' ? contender.signUp.status : 200;
        const rounds = [];
        result.kinds[kind] = { rounds };
        const used = HASHING.has(kind) ? clients.slice(0, WIDTH) : clients;
        turns.push({
          server,
          rounds,
          drive: (time) => closedLoop({ port: server.port, clients: used, status, milliseconds: time }),
          // At the end, when sessions are known and statements have been prepared.
          count: async () => {
            const counted = contender.hasDatabase === false ? { sql: 0 } : await statements(server, clients[0], status);
            Object.assign(result.kinds[kind], counted);
          },
        });
      }
    }
    for (const { drive } of turns) await drive(warmUp);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < turns.length; turn++) {
        const { server, rounds: results, drive } = turns[(turn + round) % turns.length];
        if (settle > 0) await drive(settle);
        const before = await server.ask('cpu');
        const { latencies, perSecond } = await drive(milliseconds);
        const after = await server.ask('cpu');
        results.push({
          cpu: (after.user + after.system - before.user - before.system) / latencies.length,
          perSecond,
          p50: quantile(latencies, 0.5),
          p99: quantile(latencies, 0.99),
          memory: await server.ask('memory'),
        });
      }
    }
    if (isCounted) for (const { count } of turns) await count?.();
    return results;
  } finally {
    for (const close of opened) await close();
  }
}

async function open(contender, { node, http, makeDatabase, redis, cost }) {
  const database = contender.hasDatabase === false ? null : await makeDatabase();
  const settings = {
    http,
    database,
    redis,
    cost,
    width: WIDTH,
    secret: randomBytes(48).toString('base64url'),
    ...contender.settings,
  };
  let server;
  const close = async () => {
    if (contender.needsRedis) await server?.ask('leave').catch(() => {});
    await server?.stop();
    await database?.drop();
  };
  try {
    server = await ServerProcess.start({ node, script: contender.script, settings });
    return { server, close, databaseTitle: database?.title };
  } catch (error) {
    await close();
    throw error;
  }
}

async function hashLoop(server, options) {
  const { latencies, done, milliseconds } = await server.ask('compare', options);
  return { latencies, perSecond: (done / milliseconds) * 1000 };
}

/** Clients of every kind that is measured, signed in where they have to be. */
async function prepare(contender, server, kinds, visitorCount) {
  if (contender.script === 'bare.mjs') return { open: takingTurns([contender.open()]) };
  const password = randomBytes(16).toString('hex');
  const { bearer, cookie } = contender;
  const wants = (kind) => kinds.includes(kind) && abilities(contender)[kind] !== undefined;
  const residentCount = ['bearer', 'cookie', 'list'].some(wants) || contender.id === 'raw-sql' ? RESIDENTS : 0;
  const accounts = (await server.ask('users', { count: residentCount + visitorCount, password })).map((email) => ({
    email,
    password,
  }));
  const residents = accounts.slice(0, residentCount);
  const visitors = accounts.slice(residentCount);
  const connection = new Connection(server.port);
  /** Requests of every resident on every device, each of which was made once: what is measured is a session that is known. */
  const signedIn = async ({ signIn, headers }, request) => {
    const requests = [];
    for (let device = 0; device < DEVICES; device++) {
      for (const account of residents) requests.push(request(headers(await answered(connection, signIn(account)))));
    }
    for (const bytes of requests) await answered(connection, bytes);
    return takingTurns(requests);
  };
  const clients = {};
  try {
    if (wants('open')) clients.open = takingTurns([contender.open()]);
    if (wants('bearer')) clients.bearer = await signedIn(bearer, contender.protected);
    if (wants('cookie')) clients.cookie = await signedIn(cookie, contender.protected);
    if (wants('list')) clients.list = await signedIn(cookie, contender.list);
    if (wants('signIn')) clients.signIn = takingTurns(visitors.map((bearer ?? cookie).signIn));
    if (wants('signUp')) clients.signUp = newcomers(contender.signUp, password);
    if (wants('refresh')) clients.refresh = await refreshing(contender, connection, visitors);
    return clients;
  } finally {
    connection.close();
  }
}

async function answered(connection, bytes) {
  const answer = await connection.send(bytes);
  if (answer.status !== 200) throw new Error(`Answered with ${answer.status}: ${answer.body}`);
  return answer;
}

const manyClients = (make) => Array.from({ length: CLIENTS }, (_, index) => make(index));

function takingTurns(requests) {
  let turn = 0;
  return manyClients(() => ({ next: () => requests[turn++ % requests.length] }));
}

function newcomers({ request }, password) {
  let made = 0;
  return manyClients(() => ({ next: () => request({ email: `newcomer${made++}@example.com`, password }) }));
}

/** Everybody goes on with what the last answer brought. */
async function refreshing({ bearer, refresh }, connection, accounts) {
  const tokens = [];
  for (const account of accounts.slice(0, CLIENTS)) tokens.push(refresh.token(await answered(connection, bearer.signIn(account))));
  return manyClients((index) => ({
    next: () => refresh.request(tokens[index]),
    take: (answer) => (tokens[index] = refresh.token(answer)),
  }));
}

/** What most of a few operations ask the database. */
async function statements(server, client, status) {
  const seen = [];
  const once = () => closedLoop({ port: server.port, clients: [client], status, milliseconds: 0 });
  for (let time = 0; time < COUNTED; time++) {
    await server.ask('count');
    await once();
    await delay(AFTERWARDS);
    seen.push(await server.ask('counted'));
  }
  return seen.sort((a, b) => a.sql - b.sql)[Math.floor(COUNTED / 2)];
}
