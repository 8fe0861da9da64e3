// Whether two samples of durations can be told from each other.
import { median, quantile, sorted } from '../../bench/lib/statistics.mjs';

const RESAMPLES = 400;

/**
 * The probability that a value of `a` is larger than one of `b`, ties half (Mann and Whitney): 0.5 when nothing can be told, 0 or 1 when
 * one request is enough. Its standard error is about √(1/6n) for two samples of n.
 */
export function areaUnderCurve(a, b) {
  const all = [...a.map((value) => ({ value, fromA: true })), ...b.map((value) => ({ value, fromA: false }))];
  all.sort((one, other) => one.value - other.value);
  let ranksOfA = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    while (end < all.length && all[end].value === all[start].value) end++;
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at++) if (all[at].fromA) ranksOfA += rank;
    start = end;
  }
  return (ranksOfA - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** Median of `a` less median of `b`, with the middle 95 % of what resampling gives (bootstrap). */
export function medianDifference(a, b, random) {
  const resampled = (values) => median(values.map(() => values[Math.floor(random.next() * values.length)]));
  const differences = sorted(Array.from({ length: RESAMPLES }, () => resampled(a) - resampled(b)));
  return { difference: median(a) - median(b), from: quantile(differences, 0.025), to: quantile(differences, 0.975) };
}
