// docs/MUTATION.md. Everything in it that is a figure comes from a run; rows of rooms that were not run stay as they are.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../tools/markdown.mjs';
import { ROOT } from '../../tools/steps.mjs';
import { ROOMS } from '../rooms.mjs';
import { explainedIn, reasonOf } from './explained.mjs';
import { sourcesOf } from './record.mjs';

const FILE = join(ROOT, 'docs/MUTATION.md');
const KEPT = /^<!-- record (.*) -->$/gm;

/** Per cent of the mutants that a test must notice. */
const LEAST_SCORE = 85;

const code = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

const scoreOf = ({ mutants, killed, timedOut }) => (mutants === 0 ? 100 : (100 * (killed + timedOut)) / mutants);
const isChanged = ({ room, sources }) => sources !== sourcesOf(room);

/** Replaces the records of the rooms that were run. @returns where it is, and what is not as it should be in these rooms */
export function writeReport(records) {
  const kept = existsSync(FILE)
    ? [...readFileSync(FILE, 'utf8').matchAll(KEPT)].map(([, json]) => JSON.parse(json.replaceAll('&gt;', '>')))
    : [];
  const isNew = new Set(records.map(({ room }) => room));
  const order = Object.keys(ROOMS);
  const all = [...kept.filter(({ room }) => !isNew.has(room)), ...records];
  all.sort((a, b) => order.indexOf(a.room) - order.indexOf(b.room));
  writeFileSync(FILE, text(all));
  return { file: FILE, complaints: records.flatMap(complaintsOf) };
}

function complaintsOf(record) {
  const { room, survivors, broken } = record;
  const unexplained = survivors.filter((one) => reasonOf(one) === undefined).length;
  return [
    ...(scoreOf(record) < LEAST_SCORE ? [`${room}: a score of ${scoreOf(record).toFixed(1)} % is less than ${LEAST_SCORE} %`] : []),
    ...(unexplained > 0 ? [`${room}: ${unexplained} survivors are neither killed nor explained`] : []),
    ...staleIn(record).map(({ file, mutant }) => `${room}: an explanation has lost its mutant: ${file}: ${mutant}`),
    ...(broken > 0 ? [`${room}: ${broken} mutants could not be run`] : []),
  ];
}

function staleIn({ room, survivors }) {
  const alive = new Set(survivors.map(({ file, mutant }) => `${file}\n${mutant}`));
  return explainedIn(room).filter(({ file, mutant }) => !alive.has(`${file}\n${mutant}`));
}

function text(records) {
  const tried = new Set(records.map(({ room }) => room));
  const missing = Object.keys(ROOMS).filter((room) => !tried.has(room));
  return `${[
    '# Mutation testing',
    'Written by `npm run mutation` (`mutation/run.mjs`); do not edit. Each mutant is one small fault in a source of the core; it is killed when ' +
      'a test fails with it, or never ends. The tests are the unit specs beside the room and the suites that `mutation/rooms.mjs` names: none ' +
      'of those that need databases, browsers or processes of their own, so that a mutant may well be noticed by suites that it did not meet here.',
    table(
      ['room', 'mutants', 'killed', 'by time-out', 'survived', 'without a test', 'score', 'explained', 'not tried', 'date'],
      records.map((record) => {
        const { room, mutants, killed, timedOut, survived, noCoverage, survivors, notTried, run } = record;
        const score = `${scoreOf(record).toFixed(1)} %`;
        return [
          isChanged(record) ? `${room} (its sources have changed since)` : room,
          mutants,
          killed,
          timedOut,
          survived,
          noCoverage,
          scoreOf(record) < LEAST_SCORE ? `**${score}**` : score,
          `${survivors.filter((one) => reasonOf(one) !== undefined).length} of ${survivors.length}`,
          notTried,
          run.date,
        ];
      }),
    ),
    [
      `* The score is the share of the mutants that were killed; ${LEAST_SCORE} % are asked for. Survivors count against it, explained or not.`,
      '* Not tried: lines of the log, texts for people and the like (`mutation/ignored.mjs`), and what is only reckoned while modules are loaded, as constants are.',
      missing.length === 0 ? '* Every room has been run.' : `* Not run yet: ${missing.join(', ')}.`,
    ].join('\n'),
    ...records.map(section),
    ...records.map((record) => `<!-- record ${JSON.stringify(record).replaceAll('>', '&gt;')} -->`),
  ].join('\n\n')}\n`;
}

function section({ room, survivors, run }) {
  return [
    `## ${room}`,
    ...(survivors.length === 0
      ? ['No survivors.']
      : [
          table(
            ['where', 'survivor', 'why'],
            survivors.map((one) => [
              `${one.file}:${one.line}`,
              code(one.mutant),
              reasonOf(one) ?? (one.noCoverage ? '**no test comes here**' : '**not explained**'),
            ]),
          ),
        ]),
    `\`${run.command}\`, ${run.date}, ${run.minutes.toFixed(1)} min. ${run.machine}. ${run.versions}.`,
  ].join('\n\n');
}
