// G7: whatever is sent, by whomever, nothing breaks, nobody is let in, and nothing is told that nobody asked for.
import { quantile, sorted } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { each } from '../lib/attacked.mjs';
import { FuzzedApplication, PROBED_EVERY } from '../lib/fuzz/application.mjs';
import { Credentials } from '../lib/fuzz/credentials.mjs';
import { faultOf } from '../lib/fuzz/judge.mjs';
import { keep, regressions } from '../lib/fuzz/regressions.mjs';
import { KINDS, operationsOf, requestAt } from '../lib/fuzz/requests.mjs';
import { changedTables, tableState } from '../lib/fuzz/table-state.mjs';

const WORKERS = 20;
/** Milliseconds. */
const MAX_P99 = 500;
/** Megabytes. */
const MAX_GROWTH = 50;
/** Requests whose effect on the tables is looked at together. */
const BATCH = 25;
/** Of all requests: of fewer that reach a protected handler nothing is learnt. */
const MIN_ADMITTED = 0.03;
/** Of those that were refused and sent once more. */
const MIN_COMPARED = 0.25;
/** Milliseconds of a bare commit at p99: when the machine has no time for that, neither times nor 503 tell of the library. */
const MAX_FLOOR = 100;
const FAULT = 'unchecked-fields';
/** One cause fails many requests: so many of each are printed, and kept. */
const SHOWN = 3;

export const goal = {
  title: 'Whatever is sent, nothing breaks, nobody is let in, and nothing is told of the inside',

  async run({ quick, random, say }) {
    const seed = random.between(0, 2 ** 31 - 1);
    const sizes = quick
      ? { requests: 3_000, warmUp: 1_000, refusals: 200, people: 8 }
      : { requests: 100_000, warmUp: 20_000, refusals: 2_000, people: 64 };
    const result = await fuzz([], sizes, seed, say);
    if (!quick && result.why === undefined) keep(result.failures.filter(({ isShown, isKnown }) => isShown && !isKnown));
    say(`With the fault ${FAULT}`);
    const control = await fuzz([FAULT], { requests: 500, warmUp: 0, refusals: 0, people: 4 }, seed, say);
    return verdict(result, control, sizes);
  },
};

async function fuzz(faults, { requests, warmUp, refusals, people }, seed, say) {
  const application = await FuzzedApplication.start(faults);
  try {
    const operations = operationsOf(await application.document());
    const credentials = new Credentials(application);
    await credentials.prepare(people);
    const run = new Run(application, credentials, faults.length === 0 ? say : () => undefined);

    const known = regressions();
    say(`${known.length} requests that failed once, then ${requests} of seed ${seed} to ${operations.length} operations`);
    const everywhere = known.flatMap((request) => application.servers.map((server) => ({ request, server })));
    await each(everywhere, WORKERS, ({ request, server }) => run.send(request, server, true));
    const drawn = (from, to) => Array.from({ length: to - from }, (_, at) => requestAt(operations, seed, from + at));
    await inParts(0, warmUp, (from, to) => each(drawn(from, to), WORKERS, (request) => run.send(request)));
    const before = await application.memory();
    const probe = application.probe();
    await inParts(warmUp, requests, (from, to) => each(drawn(from, to), WORKERS, (request) => run.send(request)));
    const floor = quantile(sorted(await probe.stop()), 0.99);
    const after = await application.memory();
    await credentials.settle();

    const written = refusals === 0 ? { batches: 0, compared: 0, changes: [] } : await refuseAgain(run, refusals, say);
    const result = {
      ...run.counts,
      known: known.length,
      operations: operations.length,
      floor,
      written,
      growth: after.map((megabytes, at) => megabytes - before[at]),
      exits: application.exits,
      renewed: credentials.renewed,
      database: application.database.title,
    };
    return { ...result, ...whyVoid(result, { requests, refusals }) };
  } finally {
    await application.stop();
  }
}

/** So that requests are made while they are needed. */
async function inParts(from, to, work) {
  for (let at = from; at < to; at += 2_000) await work(at, Math.min(to, at + 2_000));
}

class Run {
  counts = {
    sent: Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0])),
    statuses: new Map(),
    failures: [],
    refused: [],
    times: [],
    ended: 0,
    admitted: 0,
  };

  isRenewing = true;

  constructor(application, credentials, say) {
    Object.assign(this, { application, credentials, say });
  }

  /** @param server unless given the one whose turn it is */
  async send(request, server = this.application.server, isKnown = false) {
    const { counts, credentials } = this;
    const answer = await this.application.wire.send(server.port, credentials.filled(request));
    const why = faultOf(request, answer);
    const { status, took } = answer;
    counts.sent[request.kind]++;
    counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1);
    if (why !== null) this.#note({ request, why, isKnown });
    if (request.raw !== undefined) {
      if (answer.end !== 'closed') counts.ended++;
      return answer;
    }
    counts.times.push(took);
    if (!request.isPublic && status >= 200 && status < 300) counts.admitted++;
    const isWorn = status === 429 || (request.credential === 'good' && /session_revoked|token_expired/.test(answer.body));
    if (isWorn && this.isRenewing) credentials.renew(request.person);
    if (!isWorn && status >= 400 && status < 500) counts.refused.push(request);
    return answer;
  }

  #note(failure) {
    const { request, why } = failure;
    const { failures } = this.counts;
    const alike = failures.filter((one) => one.why.slice(0, 60) === why.slice(0, 60)).length;
    failures.push({ ...failure, isShown: alike < SHOWN });
    if (alike < SHOWN) this.say(`seed ${request.seed}, request ${request.index}: ${why}\n${JSON.stringify(request).slice(0, 800)}`);
  }
}

/** Requests that were refused, once more and in batches, with a look at the tables before and after each. */
async function refuseAgain(run, count, say) {
  const { application, counts } = run;
  const step = Math.max(1, Math.floor(counts.refused.length / count));
  const again = counts.refused.filter((_, at) => at % step === 0).slice(0, count);
  say(`${again.length} that were refused once more, with a look at the tables`);
  const result = { batches: 0, compared: 0, changes: [] };
  await run.credentials.settle();
  const deferred = await application.mailIsOut();
  if (deferred > 0) say(`${deferred} mails have to be tried again: ${JSON.stringify(await deferredMail(application.tables))}`);
  run.isRenewing = false;
  const stillRefused = async (requests) => {
    const refused = [];
    await each(requests, WORKERS, async (request) => {
      const { status, body } = await run.send(request);
      // A token that was used before ends its session.
      if ((status === 0 || status >= 400) && !body.includes('refresh_reused')) refused.push(request);
    });
    await application.mailIsOut();
    return refused;
  };
  for (let from = 0; from < again.length; from += BATCH) {
    // Some held something else by now, and are let in.
    const batch = await stillRefused(again.slice(from, from + BATCH));
    const before = await tableState(application.tables);
    result.batches++;
    if ((await stillRefused(batch)).length < batch.length) continue;
    result.compared++;
    const changed = changedTables(before, await tableState(application.tables));
    if (changed.length > 0) result.changes.push(`${changed.join(', ')} by requests ${batch.map(({ index }) => index).join(', ')}`);
  }
  return result;
}

const deferredMail = (tables) =>
  tables.rows("SELECT kind, attempts, count(*)::int AS mails FROM auth_outbox WHERE status = 'pending' GROUP BY kind, attempts");

/** On a busy machine what is slow or away says nothing; that nothing was says all the more. */
function whyVoid({ admitted, failures, floor, times, written }, { requests, refusals }) {
  const share = admitted / requests;
  if (share < MIN_ADMITTED) return { why: `only ${(share * 100).toFixed(1)} % of the requests were let in anywhere` };
  const isTroubled = failures.length > 0 || quantile(sorted(times), 0.99) > MAX_P99;
  if (isTroubled && floor > MAX_FLOOR) return { why: `the machine was busy: a bare commit took ${floor.toFixed(0)} ms at p99` };
  if (written.compared * BATCH < refusals * MIN_COMPARED) return { why: `only ${written.compared} batches were all refusals` };
  return {};
}

function verdict(result, control, sizes) {
  const { requests } = sizes;
  const { failures, times, growth, exits, written, statuses, sent, ended, admitted } = result;
  const p99 = quantile(sorted(times), 0.99);
  const most = Math.max(...growth);
  const isSlow = p99 > MAX_P99;
  const isLarge = most > MAX_GROWTH;
  const broken = (one) => one.failures.filter(({ why }) => why.startsWith('5')).length;
  const megabytes = growth.map((one) => one.toFixed(1)).join(' and ');
  const distinct = [...new Set(control.failures.map(({ why }) => why.split(' ')[0]))].join(', ');
  return {
    n: Object.values(sent).reduce((sum, one) => sum + one, 0),
    fails: failures.length + exits + written.changes.length + Number(isSlow) + Number(isLarge),
    figure: `${broken(result)} × 5xx, ${failures.length - broken(result)} other wrong answers, ${exits} exits, p99 ${p99.toFixed(0)} ms, ${megabytes} MB more, ${written.changes.length} of ${written.compared} batches of refusals wrote`,
    limit: `0, 0, 0, ${MAX_P99} ms, ${MAX_GROWTH} MB, 0`,
    ...(result.why === undefined ? {} : { why: result.why }),
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `${broken(control)} × 5xx, ${control.failures.length - broken(control)} other wrong answers in ${Object.values(control.sent).reduce((sum, one) => sum + one, 0)} requests (${distinct})`,
        verdict: control.failures.some(({ why }) => why.startsWith('500')) ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes, one on Express and one on Fastify, in turns, ${result.database}; every room and routes of the host; hash cost 4; limits in force and far away. ${WORKERS} requests at a time, by ${sizes.people} people who hold every kind of token, ${result.renewed} times replaced when they had lost theirs.`,
      `${requests} requests, made from the seed, their number and the OpenAPI document that the application serves (${result.operations} operations), after ${result.known} that failed once (\`prove/fuzz-regressions\`).`,
      'Wrong is: 5xx; no answer where HTTP asks for one; 2xx of a protected route without a credential or with a changed token; a stack, SQL or a path; a marker that was sent, in a page or in an error of ours (but for the name of an unknown field); an error that is not of the contract’s shape and codes; broken HTTP that is answered with 2xx, or whose connection stays open.',
      `A bare commit, asked for every ${PROBED_EVERY} ms meanwhile, took ${result.floor.toFixed(0)} ms at p99. Memory of each process from after the warm-up until the end, garbage collected. ${written.batches} batches of ${BATCH} requests that were refused were sent once more: those that were all refused again have left every table as it was, but for attempts and the log, which note them, and the time a session was last seen.`,
    ],
    tables: [
      {
        title: 'Requests',
        head: ['kind', 'sent', 'wrong'],
        rows: Object.entries(KINDS).map(([kind, { title }]) => [
          title,
          sent[kind],
          failures.filter(({ request }) => request.kind === kind).length,
        ]),
      },
      {
        title: 'Answers',
        head: ['status', 'times'],
        rows: [
          ...[...statuses].sort(([a], [b]) => a - b).map(([status, times]) => [status === 0 ? 'none' : status, times]),
          ['2xx of a protected route, by its holder', admitted],
          ['broken HTTP whose connection was reset', ended],
        ],
      },
      ...(failures.length === 0
        ? []
        : [
            {
              title: 'Wrong answers',
              head: ['request', 'to', ''],
              rows: failures
                .slice(0, 20)
                .map(({ request: { index, method, path, name }, why }) => [
                  index,
                  `${method ?? ''} ${path ?? name}`.slice(0, 80).replaceAll('|', '\\|'),
                  why.slice(0, 200).replaceAll('|', '\\|').replaceAll(/\s+/g, ' '),
                ]),
            },
          ]),
      ...(written.changes.length === 0
        ? []
        : [{ title: 'Tables that refusals changed', head: [''], rows: written.changes.slice(0, 10).map((change) => [change]) }]),
    ],
  };
}
