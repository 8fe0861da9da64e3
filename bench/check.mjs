// node bench/check.mjs: does the report say what was measured, keep what was not measured again, and draw it? With figures made up here;
// measures nothing, installs nothing, writes to a folder of its own.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VARIANTS } from './guards.mjs';
import { answerLength } from './lib/connection.mjs';
import { CHEAP_HASHES, REAL_HASHES } from './lib/contenders.mjs';
import { FLOODS } from './lib/flood.mjs';
import { plot } from './lib/plot.mjs';
import { readRecords } from './lib/records.mjs';
import { PARTS, PLOT, report, versionsBy } from './lib/report.mjs';

const NODES = ['v20.1.2', 'v24.3.4'];
const CELLS = NODES.flatMap((node) => ['fastify', 'express'].map((http) => ({ node, http })));
const rounds = (cpu) =>
  [0.9, 1, 1.2].map((part) => ({ cpu: cpu * part, perSecond: 1e6 / cpu, p50: 1, p99: 2 / 3, memory: 2 ** 27 }));

const cell = (http, contenders, hashes = []) => ({
  hashes: hashes.map((id) => ({ id, rounds: rounds(900) })),
  contenders: contenders
    .filter((contender) => contender.http.includes(http))
    .map(({ id, title, ...abilities }, index) => {
      const kinds = ['open', 'bearer', 'cookie', 'refresh', 'signUp', 'list'].filter((kind) => abilities[kind] !== undefined);
      const all = index < 2 && hashes.length === 0 ? kinds : [...kinds, 'signIn'];
      const measured = (kind) => ({ sql: 3, inTransaction: kind === 'signIn', rounds: rounds(1_000 * (index + 1)) });
      return {
        id,
        title,
        database: 'PostgreSQL',
        atRest: 2 ** 26,
        kinds: Object.fromEntries(all.map((kind) => [kind, measured(kind)])),
      };
    }),
});

const RESULTS = {
  guards: CELLS.map((one) => ({
    ...one,
    variants: VARIANTS.map(({ id, title }, at) => ({ id, title, costs: [10 + at, 11 + at, 12 + at], answered: 7 })),
  })),
  peers: CELLS.map((one) => ({ ...one, ...cell(one.http, CHEAP_HASHES) })),
  operations: CELLS.map((one) => ({
    ...one,
    cheap: cell(one.http, CHEAP_HASHES, ['bcrypt']),
    real: cell(one.http, REAL_HASHES, ['bcrypt', 'scrypt']),
  })),
  floods: {
    signIns: NODES.map((node) => ({
      node,
      hashesPerSecond: [10, 10, 10],
      hashesBesideRoute: [9, 9, 9],
      contenders: [{ database: { title: 'SQLite' }, idle: 1, rounds: [floodRound(), floodRound()] }],
    })),
    statements: NODES.map((node) => ({ node, rows: [{ title: 'sign-in', count: 5, inTransaction: true }] })),
  },
  boot: NODES.map((node) => ({ node, without: [300, 310], with: [400, 420] })),
};
const PLANS = {
  guards: { runs: { fastify: 2, express: 1 }, rounds: 3, milliseconds: 1, warmUp: 1 },
  peers: { rounds: 3, milliseconds: 1, warmUp: 1 },
  operations: { width: 2, cheap: { rounds: 3, milliseconds: 1 }, real: { rounds: 3, milliseconds: 1 } },
  floods: { width: 2, rounds: 2, milliseconds: 1 },
  boot: { starts: 2 },
};
const recordOf = (part, date) => ({
  part,
  results: RESULTS[part],
  plan: PLANS[part],
  run: {
    command: `npm run bench -- ${part}`,
    date,
    minutes: 1,
    load: 0.5,
    processor: 'one --> two',
    memory: '1 GiB',
    system: 'any',
    nodes: NODES,
    versions: versionsBy(
      () => '1.0.0',
      () => '(^20 || >=24)',
    ),
  },
});

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const file = join(folder, 'PERFORMANCE.md');
try {
  assert.deepEqual(readRecords(file), {}, 'no report yet');

  // Every part by itself, and all together.
  for (const part of PARTS) checkText(report({ [part]: recordOf(part, '2001-01-01') }));
  const all = Object.fromEntries(PARTS.map((part) => [part, recordOf(part, '2001-01-01')]));
  const text = report(all, { hasPlot: true });
  checkText(text);
  assert.match(text, new RegExp(`\\]\\(${PLOT}\\)`), 'the plot is shown');
  assert.doesNotMatch(text, /Not measured yet/);

  const comments = text.split('\n').filter((line) => line.startsWith('<!--'));
  for (const comment of comments) assert.equal(comment.indexOf('-->'), comment.length - 3, 'a comment ends where it should');

  // A part that is measured again leaves the others as they were.
  writeFileSync(file, text);
  const kept = readRecords(file);
  const again = report({ ...kept, boot: recordOf('boot', '2002-02-02') }, { hasPlot: true });
  const changed = again.split('\n').filter((line, at) => line !== text.split('\n')[at]);
  assert.equal(changed.length, 2, 'the row of dates and the record of the part');

  // Promises are judged by what was measured.
  assert.match(text, /AuthModule adds ≤ 150 ms to boot \| 105 ms \| kept/);
  const slow = { ...all, boot: { ...all.boot, results: [{ node: 'v20.1.2', without: [300], with: [451] }] } };
  assert.match(report(slow), /151 ms \| \*\*missed\*\*/);

  const drawing = plot(RESULTS);
  checkDrawing(drawing);
  checkDrawing(plot({ peers: RESULTS.peers }));
  checkDrawing(plot({ operations: RESULTS.operations }));
  const lacking = RESULTS.peers.map((one) => ({
    ...one,
    contenders: one.contenders.filter(({ id }) => id !== 'latchkey' || one.node === NODES[1]),
  }));
  checkDrawing(plot({ peers: lacking }));
  assert.equal(plot({}), null);

  // Answers of every framing, complete or not.
  const framed = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  assert.equal(answerLength(Buffer.from(framed)), framed.length);
  for (let cut = 0; cut < framed.length; cut++) assert.equal(answerLength(Buffer.from(framed.slice(0, cut))), null);
  assert.equal(answerLength(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')), 40);
  console.log('The report keeps, judges and draws what it is given.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function floodRound() {
  const one = {
    perSecond: 9.5,
    ofHash: 0.95,
    admittedP99: 1_000,
    refusedPerSecond: 40,
    refusalP99: 7,
    meP50: 0.5,
    meP99: 6,
    meMax: 9,
  };
  return Object.fromEntries(Object.keys(FLOODS).map((kind) => [kind, one]));
}

/** Tables have as many cells in every row, and every figure is one. */
function checkText(text) {
  const shown = text.replaceAll(/^<!-- record .*$/gm, '');
  assert.doesNotMatch(shown, /NaN|undefined|null|Infinity|\[object/);
  for (const block of shown.split('\n\n').filter((one) => one.startsWith('|'))) {
    const widths = new Set(
      block
        .trim()
        .split('\n')
        .map((line) => line.split(/(?<!\\)\|/).length),
    );
    assert.equal(widths.size, 1, block);
  }
}

function checkDrawing(drawing) {
  assert.doesNotMatch(drawing, /NaN|undefined|null|Infinity/);
  assert.match(drawing, /^<svg [^>]*viewBox=/);
  const open = [];
  for (const [, closes, name, isEmpty] of drawing.matchAll(/<(\/?)([a-z]+)\b[^>]*?(\/?)>/g)) {
    if (closes) assert.equal(open.pop(), name);
    else if (!isEmpty) open.push(name);
  }
  assert.deepEqual(open, []);
}
