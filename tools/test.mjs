// npm test: format, lint, types, build, every suite, the packed package in foreign projects. Works on a fresh clone.
//
//   npm test -- --only=lint,types           some steps (format, lint, types, reports, build, vitest, consumers)
//   npm test -- --only=vitest test/sign-in  what follows goes to Vitest: files, -t "name", …
//   LANES=all npm test                      the HTTP suites on every storage and HTTP adapter; LANES=one: in memory only;
//                                           LANES=dealt: each on one of the databases, and nothing else
//
// The last line is "N passed, N failed": every test counts, and so does each of the other steps.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { lanes } from './lanes.mjs';
import { installDependencies, requireNode, ROOT, run, runTool, say } from './steps.mjs';

const total = { passed: 0, failed: 0 };
const notRun = [];

const steps = {
  format: () => check('Format (prettier)', () => runTool('prettier', ['--check', '--log-level', 'warn', '.'])),
  lint: () => check('Lint (oxlint)', () => runTool('oxlint', ['--deny-warnings'])),
  types: () => check('Types (tsc)', () => runTool('typescript', ['--noEmit', '-p', 'tsconfig.json'])),
  reports: () => check('What writes the reports of bench', () => run(process.execPath, ['bench/check.mjs'])),
  build: () => check('Build', async () => ((await build()) ? 0 : 1)),
  vitest: async (args) => {
    // Who names files runs them once, on whatever STORAGE and ADAPTER say.
    for (const { title, env, files } of lanes(args.length > 0 ? 'one' : process.env.LANES))
      await suites(title, [...files, ...args], env);
  },
  consumers: (args) =>
    suites('Consumers: the packed package in foreign projects', ['--config', 'test/consumers/vitest.config.ts', ...args]),
};

async function check(title, step) {
  say(title);
  const ok = (await step()) === 0;
  total[ok ? 'passed' : 'failed'] += 1;
  console.log(ok ? '  passed' : '  FAILED');
}

async function suites(title, args, env = {}) {
  say(title);
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-report-'));
  const report = join(directory, 'report.json');
  const code = await runTool('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], {
    env,
  });
  const before = total.failed;
  try {
    count(JSON.parse(readFileSync(report, 'utf8')));
  } catch {
    console.error('  Vitest ended without a report.');
  }
  // An error outside any test (an unhandled rejection, a crashed worker) fails the run as well.
  if (code !== 0 && total.failed === before) total.failed += 1;
  rmSync(directory, { recursive: true, force: true });
}

function count({ testResults, numPassedTests, numFailedTests }) {
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  for (const { name, status, assertionResults } of testResults) {
    // A file that does not even load has no tests to fail.
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) total.failed += 1;
    for (const test of assertionResults) {
      if (test.status !== 'passed' && test.status !== 'failed') notRun.push(`${relative(ROOT, name)}: ${test.fullName.trim()}`);
    }
  }
}

requireNode();
await installDependencies();

const given = process.argv.slice(2);
const only = given.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const wanted = only ? only.split(',') : Object.keys(steps);
const unknown = wanted.filter((step) => !(step in steps));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are ${Object.keys(steps).join(', ')}.`);
  process.exit(1);
}
const rest = given.filter((argument) => !argument.startsWith('--only='));
for (const step of wanted) await steps[step](rest);

if (notRun.length > 0) {
  say(`Not run (${notRun.length}):`);
  for (const line of notRun) console.log(`  ${line}`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
