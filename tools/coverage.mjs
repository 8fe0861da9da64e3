// npm run coverage: which lines and branches of the library the suites reach, in this process's sources: what runs from `dist` in processes of
// its own (the demo, the command line, the consumers) is not counted. Writes docs/COVERAGE.md.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join, relative, sep } from 'node:path';
import { table } from './markdown.mjs';
import { installDependencies, requireNode, ROOT, runTool } from './steps.mjs';

const SOURCES = join(ROOT, 'libs/auth/src');
const REPORT = join(ROOT, 'coverage');
const FILE = join(ROOT, 'docs/COVERAGE.md');
const KINDS = ['lines', 'branches', 'functions'];

requireNode();
await installDependencies();

rmSync(REPORT, { recursive: true, force: true });
const startedAt = Date.now();
const code = await runTool('vitest', ['run', '--coverage']);
if (code !== 0) {
  console.error('A test failed, so that nothing was written.');
  process.exit(code);
}

const read = (name) => Object.entries(JSON.parse(readFileSync(join(REPORT, name), 'utf8')));
const pathOf = (file) => relative(SOURCES, file).replaceAll(sep, '/');
const counts = read('coverage-summary.json').filter(([file]) => file !== 'total');
const branches = read('coverage-final.json').flatMap(([file, of]) => branchesOf(pathOf(file), of));

writeFileSync(FILE, text(roomsOf(counts), branches));
console.log(`▸ Wrote ${FILE}`);

/** The core by room, everything else by its folder. */
function roomsOf(files) {
  const rooms = new Map();
  for (const [file, summary] of files) {
    const [folder, room] = pathOf(file).split('/');
    const name = ['core', 'features', 'adapters'].includes(folder)
      ? `${folder}/${room}`
      : folder.endsWith('.ts')
        ? 'entry'
        : folder;
    rooms.set(name, [...(rooms.get(name) ?? []), summary]);
  }
  return [...rooms].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function share(summaries, kind) {
  const sum = (key) => summaries.reduce((total, summary) => total + summary[kind][key], 0);
  return sum('total') === 0 ? '–' : `${((100 * sum('covered')) / sum('total')).toFixed(1)} %`;
}

/** The branches of the core that no test takes. */
function branchesOf(file, { branchMap, b: taken }) {
  if (!file.startsWith('core/')) return [];
  return Object.entries(branchMap).flatMap(([id, { type, line, locations }]) =>
    // An `else` that is not written has no place of its own.
    taken[id].flatMap((times, at) => (times === 0 ? [{ file, type, line: locations[at].start.line ?? line }] : [])),
  );
}

function text(rooms, missed) {
  const row = (name, summaries) => [name, ...KINDS.map((kind) => share(summaries, kind))];
  const within = (folder) => rooms.filter(([name]) => name.startsWith(folder)).flatMap(([, summaries]) => summaries);
  return `${[
    '# Coverage',
    'Written by `npm run coverage` (`tools/coverage.mjs`); do not edit. What the suites reach in the sources; what they reach in processes of ' +
      'their own (the demo, the command line, the packed package) is not counted. Whether they would notice a fault there is told by ' +
      '[mutation testing](MUTATION.md).',
    table(
      ['', ...KINDS],
      [
        row('**everything**', within('')),
        row('**core**', within('core/')),
        ...rooms.map(([name, summaries]) => row(`\`${name}\``, summaries)),
      ],
    ),
    '## Branches of the core that no test takes',
    missed.length === 0
      ? 'None.'
      : table(
          ['where', 'branch of'],
          missed.map(({ file, type, line }) => [`${file}:${line}`, type]),
        ),
    `\`npm run coverage\`, ${new Date(startedAt).toISOString().slice(0, 10)}, ${((Date.now() - startedAt) / 60_000).toFixed(1)} min. ` +
      `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores. Node.js ${process.version}.`,
  ].join('\n\n')}\n`;
}
