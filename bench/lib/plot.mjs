// docs/performance.svg: the figures of docs/PERFORMANCE.md that compare, on Express, where every peer runs.
import { besidesHash, contenderOf } from './targets.mjs';
import { summary } from './statistics.mjs';

const HTTP = 'express';
const WIDTH = 880;
const LABELS = 330;
const FIGURES = 150;
const AXIS = WIDTH - LABELS - FIGURES;
const ROW = 24;
const PANEL_HEAD = 58;
const PANEL_FOOT = 58;
const TOP = 76;

/** Title of a row, who it is of, and what of it is shown. */
const REQUEST_ROWS = [
  ['bare Nest route (no authentication)', 'bare', 'open'],
  ['bare Nest route, one SELECT by key', 'raw-sql', 'open'],
  ['Latchkey, bearer', 'latchkey', 'bearer'],
  ['Latchkey, cookie', 'latchkey', 'cookie'],
  ['passport-jwt (official guide), bearer', 'stock', 'bearer'],
  ['express-session with Redis, cookie', 'express-session', 'cookie'],
  ['better-auth, cookie cache, cookie', 'better-auth-tuned', 'cookie'],
  ['better-auth, cookie', 'better-auth', 'cookie'],
  ['better-auth, bearer', 'better-auth', 'bearer'],
];
const OPERATION_ROWS = [
  ['sign-in: Latchkey', 'latchkey', 'signIn'],
  ['sign-in: passport-jwt', 'stock', 'signIn'],
  ['sign-in: express-session with Redis', 'express-session', 'signIn'],
  ['sign-in: better-auth', 'better-auth', 'signIn'],
  ['sign-up: Latchkey', 'latchkey', 'signUp'],
  ['sign-up: better-auth', 'better-auth', 'signUp'],
  ['list of sessions: Latchkey', 'latchkey', 'list'],
  ['list of sessions: better-auth', 'better-auth', 'list'],
  ['refresh: Latchkey', 'latchkey', 'refresh'],
];

const STYLE = `
  .paper { fill: #ffffff } .text { fill: #1f2328 } .faint { fill: #59636e }
  .grid { stroke: #d1d9e0 } .ours { fill: #0969da; stroke: #0969da } .theirs { fill: #6e7781; stroke: #6e7781 } .older { fill: #ffffff }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
  .title { font-size: 17px; font-weight: 600 } .panel { font-size: 14px; font-weight: 600 } .small { font-size: 12px } .strong { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .text { fill: #f0f6fc } .faint { fill: #9198a1 }
    .grid { stroke: #3d444d } .ours { fill: #4493f8; stroke: #4493f8 } .theirs { fill: #9198a1; stroke: #9198a1 } .older { fill: #0d1117 }
  }`;

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x, y, content, classes = 'text', anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${classes}" text-anchor="${anchor}">${escaped(content)}</text>`;

/** @param results of the parts `peers` and `operations`; either may be missing @returns `null` when there is nothing to show */
export function plot({ peers = [], operations = [] }) {
  const panels = [
    panelOf({
      title: 'CPU of a request by somebody signed in',
      axis: 'µs of CPU per request',
      cells: peers,
      rows: REQUEST_ROWS,
      costs: (cell, id, kind) => contenderOf(cell, id)?.kinds[kind]?.rounds.map(({ cpu }) => cpu),
    }),
    panelOf({
      title: 'CPU of an operation besides the hash of its password',
      axis: 'µs of CPU per operation',
      cells: operations.map(({ http, node, cheap }) => ({ http, node, ...cheap })),
      rows: OPERATION_ROWS,
      costs: (cell, id, kind) => {
        const rounds = contenderOf(cell, id)?.kinds[kind]?.rounds;
        if (rounds === undefined) return undefined;
        return kind === 'signIn' || kind === 'signUp' ? besidesHash(cell, id, kind) : rounds.map(({ cpu }) => cpu);
      },
    }),
  ].filter((panel) => panel !== null);
  if (panels.length === 0) return null;

  const parts = [];
  let y = TOP;
  for (const panel of panels) {
    parts.push(drawn(panel, y));
    y += heightOf(panel);
  }
  const title = 'CPU of the server process, Nest on Express';
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}: Latchkey beside its peers</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${y}"/>`,
    text(24, 34, title, 'text title'),
    text(
      24,
      56,
      'Microseconds on a logarithmic axis, less is better: median, and a line from the smallest to the largest round.',
      'faint small',
    ),
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

/** The newest Node.js first, as its figures are. */
function panelOf({ title, axis, cells, rows, costs }) {
  const shown = cells
    .filter(({ http }) => http === HTTP)
    .sort((a, b) => Number.parseInt(b.node.slice(1)) - Number.parseInt(a.node.slice(1)));
  const lines = rows
    .map(([label, id, kind]) => ({
      label,
      isOurs: id === 'latchkey',
      marks: shown.map((cell) => costs(cell, id, kind)).map((values) => (values === undefined ? null : summary(values))),
    }))
    .filter(({ marks }) => marks.some((mark) => mark !== null));
  if (lines.length === 0) return null;
  const values = lines.flatMap(({ marks }) => marks.flatMap((mark) => (mark === null ? [] : [mark.min, mark.max])));
  // What noise has made nothing of, or less, stands at the left end.
  const from = Math.max(0, Math.floor(Math.log10(Math.max(1, Math.min(...values)))));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  return { title, axis, nodes: shown.map(({ node }) => node), lines, from, to };
}

const heightOf = ({ lines }) => PANEL_HEAD + lines.length * ROW + PANEL_FOOT;

function drawn({ title, axis, nodes, lines, from, to }, top) {
  const at = (value) => LABELS + ((Math.min(to, Math.max(from, Math.log10(Math.max(value, 1)))) - from) / (to - from)) * AXIS;
  const first = top + PANEL_HEAD;
  const bottom = first + lines.length * ROW;
  const figuresAt = (index) => LABELS + AXIS + 62 + index * 72;
  const out = [text(24, top + 16, title, 'text panel')];
  nodes.forEach((node, index) => {
    const x = figuresAt(index);
    out.push(text(x, first - 12, `Node ${node.slice(1).split('.')[0]}`, 'faint small', 'end'));
    out.push(`<circle cx="${x - 59}" cy="${first - 16}" r="4" class="theirs${index === 0 ? '' : ' older'}" stroke-width="1.5"/>`);
  });
  for (let power = from; power <= to; power++) {
    const x = LABELS + ((power - from) / (to - from)) * AXIS;
    out.push(`<line x1="${x}" y1="${first - 4}" x2="${x}" y2="${bottom}" class="grid"/>`);
    out.push(text(x, bottom + 18, (10 ** power).toLocaleString('en'), 'faint small', 'middle'));
  }
  out.push(text(LABELS + AXIS / 2, bottom + 38, axis, 'faint small', 'middle'));
  lines.forEach(({ label, isOurs, marks }, index) => {
    const middle = first + index * ROW + ROW / 2;
    const kind = isOurs ? 'ours' : 'theirs';
    out.push(`<line x1="${LABELS}" y1="${middle}" x2="${LABELS + AXIS}" y2="${middle}" class="grid" stroke-dasharray="1 4"/>`);
    out.push(text(LABELS - 14, middle + 4, label, isOurs ? 'text strong' : 'text', 'end'));
    marks.forEach((mark, which) => {
      if (mark === null) return;
      const y = middle + (which - (marks.length - 1) / 2) * 9;
      out.push(`<line x1="${at(mark.min)}" y1="${y}" x2="${at(mark.max)}" y2="${y}" class="${kind}" stroke-width="2"/>`);
      out.push(
        `<circle cx="${at(mark.median)}" cy="${y}" r="4" class="${kind}${which === 0 ? '' : ' older'}" stroke-width="1.5"/>`,
      );
      const figure = mark.median.toLocaleString('en', { maximumFractionDigits: mark.median < 100 ? 1 : 0 });
      out.push(text(figuresAt(which), middle + 4, figure, isOurs ? 'text strong' : 'text', 'end'));
    });
  });
  return out.join('\n').replace(/(\d+\.\d)\d+/g, '$1');
}
