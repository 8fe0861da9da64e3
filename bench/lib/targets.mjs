// What was promised, and whether it holds. The figures are measured; only the promises are written down here.
import { median, summary } from './statistics.mjs';

const GUARD_MICROSECONDS = 10;
const STOCK_SHARE = { v24: 15, v20: 80 };
const HASH_SHARE = 0.9;
const ME_P99 = 50;
const BOOT_MILLISECONDS = 150;

const majorOf = (node) => node.split('.')[0];

/** CPU over the bare route, per round: neighbours in time are compared. */
export function overheads({ variants }, id) {
  const costs = (wanted) => variants.find((variant) => variant.id === wanted).costs;
  const bare = costs('bare');
  return costs(id).map((cost, round) => cost - bare[round]);
}

/** How many times the stock guide's overhead ours goes into. */
export const stockRatio = (cell, ours = 'bearer') =>
  median(overheads(cell, 'stock-string')) / Math.max(0.01, median(overheads(cell, ours)));

/** Of a measured cell; `undefined` where it was not, or could not be, measured. */
export const contenderOf = ({ contenders }, id) => contenders.find((contender) => contender.id === id);

/** CPU of a kind of request over the bare route, per round. */
export function overBare(cell, id, kind) {
  const bare = contenderOf(cell, 'bare').kinds.open.rounds;
  return contenderOf(cell, id).kinds[kind].rounds.map(({ cpu }, round) => cpu - bare[round].cpu);
}

/** CPU of an operation over that of the hash in it, per round. */
export function besidesHash(cell, id, kind) {
  const hash = cell.hashes.find((one) => one.id === 'bcrypt').rounds;
  return contenderOf(cell, id).kinds[kind].rounds.map(({ cpu }, round) => cpu - hash[round].cpu);
}

/** Of the parts that have been measured. @returns rows of `{ target, figure, met }` */
export function judge({ guards = [], signIns = [], boot = [] }) {
  const verdicts = [];
  const say = (target, figure, met) => verdicts.push({ target, figure, met });
  for (const cell of guards.filter(({ http }) => http === 'fastify')) {
    const major = majorOf(cell.node);
    if (major === 'v24') {
      const { median: middle, min, max } = summary(overheads(cell, 'bearer'));
      say(
        `Fastify, Node.js ${cell.node}: bearer guard ≤ ${GUARD_MICROSECONDS} µs of CPU over the bare route`,
        `${middle.toFixed(1)} µs (${min.toFixed(1)} to ${max.toFixed(1)})`,
        middle <= GUARD_MICROSECONDS,
      );
    }
    const share = STOCK_SHARE[major];
    if (share !== undefined) {
      const ratio = stockRatio(cell);
      say(
        `Fastify, Node.js ${cell.node}: bearer guard ≤ 1/${share} of the stock guide's overhead (secret a string)`,
        `1/${ratio.toFixed(1)}`,
        ratio >= share,
      );
    }
  }
  for (const { node, contenders } of signIns) {
    for (const { database, rounds } of contenders) {
      for (const [kind, title] of [
        ['alone', 'clients heed Retry-After, nothing else asked'],
        ['polite', 'clients heed Retry-After, `/me` asked 100 times a second'],
        ['impatient', 'clients come back after 100 ms, `/me` asked 100 times a second'],
      ]) {
        const where = `Node.js ${node}, ${database.title}, ${title}`;
        const { median: share, min, max } = summary(rounds.map((round) => round[kind].ofHash));
        say(
          `${where}: sign-ins ≥ ${HASH_SHARE} of the bare hash's rate${kind === 'alone' ? '' : ', a bare route asked as often'}`,
          `${share.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`,
          share >= HASH_SHARE,
        );
        if (kind === 'alone') continue;
        const p99 = median(rounds.map((round) => round[kind].meP99));
        say(`${where}: \`/me\` p99 ≤ ${ME_P99} ms in the flood`, `${p99.toFixed(1)} ms`, p99 <= ME_P99);
      }
    }
  }
  for (const { node, with: started, without } of boot) {
    const added = median(started) - median(without);
    say(`Node.js ${node}: AuthModule adds ≤ ${BOOT_MILLISECONDS} ms to boot`, `${added.toFixed(0)} ms`, added <= BOOT_MILLISECONDS);
  }
  return verdicts;
}
