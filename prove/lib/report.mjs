// docs/RELIABILITY.md. Everything in it that is a figure comes from a run; rows of goals that were not run stay as they are.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../tools/markdown.mjs';
import { ROOT } from '../../tools/steps.mjs';

const FILE = join(ROOT, 'docs/RELIABILITY.md');
const KEPT = /^<!-- record (.*) -->$/gm;

/** Replaces the records of the goals that were run. @param order ids of all goals */
export function writeReport(records, order) {
  const kept = existsSync(FILE)
    ? [...readFileSync(FILE, 'utf8').matchAll(KEPT)].map(([, json]) => JSON.parse(json.replaceAll('&gt;', '>')))
    : [];
  const isNew = new Set(records.map(({ goal }) => goal));
  const all = [...kept.filter(({ goal }) => !isNew.has(goal)), ...records];
  all.sort((a, b) => order.indexOf(a.goal) - order.indexOf(b.goal));
  writeFileSync(FILE, text(all));
  return FILE;
}

function text(records) {
  return `${[
    '# Reliability',
    'Written by `npm run prove` (`prove/run.mjs`); do not edit. Every experiment is also run with a fault put into the server by a provider ' +
      'of `prove/faults/`: when that does not turn it red, or when the run cannot tell, the goal counts as void.',
    table(
      ['goal', '', 'n', 'failed', 'figure', 'limit', 'verdict', 'with the fault', 'date'],
      records.map(({ goal, title, n, fails, figure, limit, verdict, control, run }) => [
        goal,
        title,
        n,
        fails,
        figure,
        limit,
        verdict === 'green' ? verdict : `**${verdict}**`,
        [...new Set(control.map((one) => one.verdict))].join(', '),
        run.date,
      ]),
    ),
    ...records.map(section),
    ...records.map((record) => `<!-- record ${JSON.stringify(record).replaceAll('>', '&gt;')} -->`),
  ].join('\n\n')}\n`;
}

/** What the report says of one goal. */
export function section({ goal, title, why, method, tables, control, run }) {
  return [
    `## ${goal}: ${title}`,
    ...(why === undefined ? [] : [`Void: ${why}.`]),
    method.map((line) => `* ${line}`).join('\n'),
    ...tables.flatMap(({ title: name, head, rows }) => [`${name}:`, table(head, rows)]),
    'With a fault:',
    table(
      ['fault', 'what it does', 'figure', 'turns'],
      control.map(({ fault, title: what, figure, verdict }) => [`\`${fault}\``, what, figure, verdict]),
    ),
    `\`${run.command}\`, ${run.date}, ${run.minutes.toFixed(1)} min, seed ${run.seed}. ${run.machine}. ${run.versions}.`,
  ].join('\n\n');
}
