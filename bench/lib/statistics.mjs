export const sorted = (values) => [...values].sort((a, b) => a - b);

/** Linear between the two nearest values. @param share between 0 and 1 */
export function quantile(values, share) {
  const ordered = sorted(values);
  const at = (ordered.length - 1) * share;
  const below = ordered[Math.floor(at)];
  return below + (ordered[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** A figure with its spread. */
export const summary = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
  count: values.length,
});
