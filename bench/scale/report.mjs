// docs/SCALE.md. Everything in it that is a figure comes from the run.
import { table } from '../../tools/markdown.mjs';
import { installedVersion } from '../lib/versions.mjs';
import { HEAP_MEGABYTES } from './memory.mjs';
import { FAR_TOO_LARGE, LARGE, MOST } from './plans.mjs';
import { growthOf, ratioOf, TIMES, timesText } from './targets.mjs';

const PACKAGES = ['nestjs-latchkey', '@nestjs/core', '@nestjs/platform-fastify', 'fastify', 'typeorm', 'pg', 'bcrypt'];

const grouped = (number) => String(Math.round(number)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

export function report({ results: { sizes, memory }, verdicts, plan, machine, date, minutes }) {
  const missed = verdicts.filter(({ met }) => !met).length;
  return `${[
    '# Scale',
    'Written by `npm run bench:scale` (`bench/scale.mjs`); do not edit. [Scaling](guides/scaling.md) says what changes beyond.',
    '## Promises',
    missed === 0 ? 'All are kept on this machine.' : `${missed} of ${verdicts.length} are not kept on this machine.`,
    table(
      ['promise', 'measured', 'verdict'],
      verdicts.map(({ target, figure, met }) => [target, figure, met ? 'kept' : '**missed**']),
    ),
    ...(sizes === null ? [] : sizesSections(sizes, plan)),
    ...(memory === null ? [] : memorySections(memory)),
    '## Machine and versions',
    table(
      ['', ''],
      [
        ['date', date],
        ['command', '`npm run bench:scale`'],
        ...Object.entries(machine),
        ['duration of the run', `${minutes.toFixed(1)} min`],
        ['Node.js', process.version],
        ...(sizes === null ? [] : [['database', `${sizes.database}: ${sizes.settings}`]]),
        ...PACKAGES.map((name) => [`\`${name}\``, installedVersion(name)]),
      ],
    ),
  ].join('\n\n')}\n`;
}

function sizesSections(sizes, plan) {
  const { users, operations, crowded, cleanup, plans } = sizes;
  const compared = (taken, digits) =>
    Object.entries(taken).map(([name, values]) => {
      const result = ratioOf(values);
      return [name, values.small.length, result.small.toFixed(digits), result.large.toFixed(digits), timesText(result)];
    });
  const head = (unit) => [
    '',
    'pairs',
    `${grouped(users.small)} users, ${unit}`,
    `${grouped(users.large)} users, ${unit}`,
    'times (95 %)',
  ];
  return [
    '## A thousand users and a million',
    [
      `* Two databases on one server, each with an application of its own on Fastify, both alive all the time. ${grouped(users.small)} users have ${grouped(users.small * 5)} sessions, ${grouped(users.large)} users ${grouped(users.large * 5)}; a fifth of them ended today. Each sign-in has left two rows of audit, everybody a role and a known device, every third an attempt.`,
      `* One request after the other over a kept connection, to both in turns, in an order that is drawn for each pair. Everybody is used once, so that no page of the large database has been warmed by the request before it. bcrypt at cost 4. Figures are medians; the 95 % are of resampling.`,
      `* A cleanup is one batch of 200 rows as housekeeping does it, ${plan.batches} of each kind; the rows of its users lie anywhere in the indices.`,
      `* The large database was filled in ${(sizes.filled / 60_000).toFixed(1)} min.`,
    ].join('\n'),
    table(head('ms'), compared(operations, 2)),
    `The same of users who have ${grouped(sizes.crowdedSessions)} sessions more, in both databases:`,
    table(head('ms'), compared(crowded, 2)),
    'Cleanup, for each row that was removed:',
    table(head('µs'), compared(cleanup, 1)),
    '## Plans',
    `\`EXPLAIN\` of every statement that TypeORM logged during these operations, with its parameters, on the large database. A table is large from ${grouped(LARGE)} rows on; “–” reads no large one. Bad is a statement that reads every row of a table of more than ${grouped(FAR_TOO_LARGE)}, walks along a whole index, or costs more than ${grouped(MOST)} by the planner's estimate (a page read in order is 1).`,
    table(
      ['operation', 'statement', 'finds rows by', 'cost'],
      plans.map((plan) => [plan.operation, statementText(plan.query), accessText(plan), costText(plan)]),
    ),
    `Control: without the index on \`${sizes.control.table} (${sizes.control.column})\` the ${sizes.control.operation} takes ${ratioOf(sizes.control.taken[sizes.control.operation]).ratio.toFixed(1)} times as long as in the small database, which is over ${TIMES}. Its statements:`,
    table(
      ['statement', 'finds rows by', 'cost'],
      sizes.control.plans.map((plan) => [statementText(plan.query), accessText(plan), costText(plan)]),
    ),
    '## Tables',
    'Of the large database after the run, with indices.',
    table(
      ['table', 'rows', 'MB', 'bytes a row'],
      sizes.sizes.large.map(({ table: name, rows, bytes }) => [
        `\`${name}\``,
        grouped(rows),
        grouped(bytes / 1e6),
        (bytes / rows).toFixed(0),
      ]),
    ),
  ];
}

const accessText = ({ accesses }) =>
  accesses.length === 0 ? '–' : accesses.map(({ table: name, by }) => `\`${name}\`: ${by}`).join('; ');

const costText = ({ cost, isBad }) => (isBad ? `**${grouped(cost)}**` : grouped(cost));

const statementText = (query) => {
  const short = query.replaceAll(/\s+/g, ' ').replaceAll('"', '').trim();
  return `\`${short
    .replace(/^SELECT .*? FROM /, 'SELECT … FROM ')
    .replace(/^(INSERT INTO \S+(?: AS \S+)?) .*$/, '$1 …')
    .slice(0, 110)}${short.length > 110 ? '…' : ''}\``;
};

function memorySections(memory) {
  const { growth, steady } = growthOf(memory.looks);
  const looks = ({ seen, seconds, heapUsed, external, rss }) => [
    grouped(seen),
    ...[heapUsed, external, rss].map((bytes) => (bytes / 1e6).toFixed(0)),
    seconds === undefined ? '–' : grouped(seen / seconds),
  ];
  const head = ['seen', 'heap, MB', 'buffers, MB', 'resident, MB'];
  return [
    '## Memory',
    `One process sees ${grouped(memory.distinct)} sources, as many addresses and as many sessions, each once: a refused sign-in and a guarded request each, with everything at its default, counters in memory and a database that keeps nothing. Node.js has a heap of at most ${HEAP_MEGABYTES} MB. After collecting garbage:`,
    table(
      head,
      memory.looks.map((look) => looks(look).slice(0, 4)),
    ),
    `It grows by ${growth.toFixed(0)} MB, by ${steady.toFixed(1)} MB after the first ${grouped(memory.looks[1].seen)}. What is remembered stays in memory until something else takes its place: there are no timers.`,
    'Control, with a cache that has no bound:',
    table(
      head,
      memory.control.looks.map((look) => looks(look).slice(0, 4)),
    ),
  ];
}
