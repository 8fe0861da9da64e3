import { summary } from './statistics.mjs';

const row = (...cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

export const table = (head, rows) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

/** The median, and the smallest and the largest in brackets. */
export function spread(values, digits) {
  const { median, min, max } = summary(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

export const adapterTitle = (http) => (http === 'fastify' ? 'Fastify' : 'Express');

/** Of a measured adapter on a measured Node.js. */
export const cellTitle = ({ http, node }) => `${adapterTitle(http)}, Node.js ${node}`;
