// The same operations on a small and a large database, in turns.
import { randomBytes } from 'node:crypto';
import { say } from '../../tools/steps.mjs';
import { Random } from '../../prove/lib/random.mjs';
import { postgresDatabase } from '../lib/databases.mjs';
import { ServerProcess } from '../lib/server-process.mjs';
import { addCrowded, addExpired, dropIndexOn, fillDatabase, settingsOf, sizesOf } from './databases.mjs';
import { measureOperations, OPERATIONS, plansOf, plansOfOperations, Site } from './operations.mjs';
import { judgePlan } from './plans.mjs';

export const SMALL = 1_000;
const OPERATIONS_COUNT = Object.keys(OPERATIONS).length;
const BATCH = 200;
/** Batches and rounds at the beginning that are not counted. */
const WARM_UP = 3;
const SESSIONS_OF_CROWDED = 2_000;
const CLEANED = ['sessions', 'audit rows', 'one-time tokens', 'attempts', 'revocations'];
const CONTROL = { table: 'auth_session', column: 'user_id', operation: 'session list', rounds: 5 };

export async function compareSizes({ users, rounds, batches, crowdedRounds, secret }) {
  const random = new Random(1);
  const sites = [];
  const databases = [];
  try {
    for (const [name, count] of [
      ['small', SMALL],
      ['large', users],
    ]) {
      const database = await postgresDatabase();
      if (database === null) throw new Error('There is no PostgreSQL: set DATABASE_URL.');
      databases.push(database);
      sites.push(await openSite({ name, users: count, database, secret }));
    }
    const [small, large] = sites;

    const crowds = (crowdedRounds + WARM_UP) * OPERATIONS_COUNT;
    // Nobody's refresh token is used twice.
    const choose = (from = crowds) => sites.forEach((site) => site.choose(random, from, site.users - OPERATIONS_COUNT));
    large.choose(random, large.users - OPERATIONS_COUNT, large.users);
    const plans = await plansOfOperations(large);

    say(`${rounds} rounds of each operation.`);
    choose();
    const operations = await measureOperations({ sites, rounds, random });

    say(`${batches} batches of each kind of expired row.`);
    const count = (batches + WARM_UP + 1) * BATCH;
    for (const site of sites) await addExpired(site.database.url, { ...site.rows, count });
    for (const kind of CLEANED) plans.push(...(await plansOf(large, `cleanup: ${kind}`, () => clean(large, kind))));
    for (const kind of CLEANED) await clean(small, kind);
    const cleanup = await measureCleanup({ sites, batches });
    plans.push(...(await plansOf(large, 'cleanup: all', () => large.server.ask('clean'))));

    say(`${crowds} users with ${SESSIONS_OF_CROWDED} more sessions each.`);
    for (const site of sites) {
      await addCrowded(site.database.url, { ...site.rows, heavy: crowds, each: SESSIONS_OF_CROWDED });
      site.choose(random, 0, crowds);
    }
    const crowded = await measureOperations({ sites, rounds: crowdedRounds, random, warmUp: WARM_UP });
    const sizes = { small: await sizesOf(small.database.url), large: await sizesOf(large.database.url) };

    say(`Without the index on ${CONTROL.column}.`);
    await dropIndexOn(large.database.url, CONTROL.table, CONTROL.column);
    large.mayFail = true;
    choose();
    const control = {
      ...CONTROL,
      plans: judged(await plansOfOperations(large, [CONTROL.operation]), sizes.large),
      taken: await measureOperations({ sites, rounds: CONTROL.rounds, random, names: [CONTROL.operation], warmUp: 1 }),
    };
    return {
      database: small.database.title,
      settings: await settingsOf(large.database.url),
      users: { small: SMALL, large: users },
      filled: large.filled,
      sizes,
      plans: judged(plans, sizes.large),
      operations,
      cleanup,
      crowded,
      crowdedSessions: SESSIONS_OF_CROWDED,
      control,
    };
  } finally {
    for (const site of sites) site.close();
    await Promise.all(sites.map(({ server }) => server.stop()));
    await Promise.all(databases.map((database) => database.drop()));
  }
}

async function openSite({ name, users, database, secret }) {
  const settings = { http: 'fastify', database, secret };
  const server = await ServerProcess.start({ node: process.execPath, script: '../scale/application.mjs', settings });
  const password = randomBytes(16).toString('hex');
  const rows = { users, startedAt: Date.now(), ...(await server.ask('facts', { password })) };
  say(`Filling ${users} users, ${users * 5} sessions and what belongs to them.`);
  const begun = performance.now();
  await fillDatabase(database.url, rows);
  return new Site({ name, users, database, server, rows, password, filled: performance.now() - begun });
}

async function measureCleanup({ sites, batches }) {
  const taken = Object.fromEntries(CLEANED.map((kind) => [kind, Object.fromEntries(sites.map(({ name }) => [name, []]))]));
  for (const kind of CLEANED) {
    for (let batch = 0; batch < batches + WARM_UP; batch++) {
      for (const site of batch % 2 === 0 ? sites : sites.toReversed()) {
        const { removed, took } = await clean(site, kind);
        if (batch >= WARM_UP) taken[kind][site.name].push((took * 1000) / removed);
      }
    }
  }
  return taken;
}

/** One whole batch. */
async function clean(site, kind) {
  const { removed, took } = await site.server.ask('cleanBatch', { kind });
  if (removed !== BATCH) throw new Error(`${site.name}: a batch removed ${removed} ${kind}`);
  return { removed, took };
}

/** @returns plans with how they find their rows */
function judged(plans, sizes) {
  const rows = new Map(sizes.map(({ table, rows: count }) => [table, count]));
  return plans.map(({ operation, query, plan }) => ({ operation, query, ...judgePlan(plan, rows) }));
}
