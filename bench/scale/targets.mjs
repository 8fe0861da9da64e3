// What is promised of size, and whether it holds.
import { median, quantile } from '../lib/statistics.mjs';

export const TIMES = 1.2;
/** Of the process that has seen a million of everything, over one that has seen none. */
export const MEGABYTES = 250;
/** Once everything that is bounded is full, what is seen takes no more memory. */
export const STEADY_MEGABYTES = 15;
/** Of the whole process, garbage included. */
export const RESIDENT_MEGABYTES = 800;
const RESAMPLES = 1_000;

/** Medians, their ratio, and the middle 95 % of what resampling makes of it. */
export function ratioOf({ small, large }) {
  const resampled = (values) => median(values.map(() => values[Math.floor(Math.random() * values.length)]));
  const ratios = Array.from({ length: RESAMPLES }, () => resampled(large) / resampled(small));
  return {
    small: median(small),
    large: median(large),
    ratio: median(large) / median(small),
    from: quantile(ratios, 0.025),
    to: quantile(ratios, 0.975),
  };
}

export const timesText = ({ ratio, from, to }) => `${ratio.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)})`;

/** @returns rows of `{ target, figure, met }` */
export function judge({ sizes, memory }) {
  const verdicts = [];
  const say = (target, figure, met) => verdicts.push({ target, figure, met });
  if (sizes !== null) {
    for (const [title, taken, what] of [
      ['', sizes.operations, ''],
      [`a user with ${sizes.crowdedSessions} sessions, `, sizes.crowded, ''],
      ['cleanup, ', sizes.cleanup, ' for a row'],
    ]) {
      for (const [name, values] of Object.entries(taken)) {
        const compared = ratioOf(values);
        say(`${title}${name}: at most ${TIMES} times as long${what}`, timesText(compared), compared.ratio <= TIMES);
      }
    }
    const bad = sizes.plans.filter(({ isBad }) => isBad);
    say(
      'every statement finds its rows in large tables by an index, and few of them',
      `${sizes.plans.length - bad.length} of ${sizes.plans.length}`,
      bad.length === 0,
    );
    const control = ratioOf(sizes.control.taken[sizes.control.operation]);
    const isSeen = sizes.control.plans.some(({ isBad }) => isBad);
    say(
      `control: without the index on \`${sizes.control.column}\` the ${sizes.control.operation} is seen to take longer, and its plan to read too much`,
      `${control.ratio.toFixed(1)} times; ${isSeen ? 'seen' : 'not seen'}`,
      control.ratio > TIMES && isSeen,
    );
  }
  if (memory !== null) {
    const { growth, steady } = growthOf(memory.looks);
    say(
      `${memory.distinct} sources, addresses and sessions: heap and buffers grow by at most ${MEGABYTES} MB`,
      `${growth.toFixed(0)} MB`,
      growth <= MEGABYTES,
    );
    say(
      `and by at most ${STEADY_MEGABYTES} MB from the first ${memory.looks[1].seen}, when all is full, to the last`,
      `${steady.toFixed(1)} MB`,
      steady <= STEADY_MEGABYTES,
    );
    const resident = Math.max(...memory.looks.map(({ rss }) => rss)) / 1e6;
    say(
      `and the process is never larger than ${RESIDENT_MEGABYTES} MB`,
      `${resident.toFixed(0)} MB`,
      resident <= RESIDENT_MEGABYTES,
    );
    const control = growthOf(memory.control.looks);
    say(
      'control: with a cache that has no bound the growth is seen',
      `${control.steady.toFixed(1)} MB`,
      control.steady > STEADY_MEGABYTES,
    );
  }
  return verdicts;
}

/** Megabytes. */
export function growthOf(looks) {
  const used = ({ heapUsed, external }) => (heapUsed + external) / 1e6;
  return { growth: used(looks.at(-1)) - used(looks[0]), steady: used(looks.at(-1)) - used(looks[1]) };
}
