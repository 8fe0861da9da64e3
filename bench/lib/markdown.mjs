import { summary } from './statistics.mjs';

/** The median, and the smallest and the largest in brackets. */
export function spread(values, digits) {
  const { median, min, max } = summary(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

export const adapterTitle = (http) => (http === 'fastify' ? 'Fastify' : 'Express');

/** Of a measured adapter on a measured Node.js. */
export const cellTitle = ({ http, node }) => `${adapterTitle(http)}, Node.js ${node}`;
