/** Levenshtein distance, for suggestions in messages; inputs are option names, so quadratic is fine. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The candidate that a mistyped `word` most likely meant, or `undefined` when none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  const containing = candidates.find((candidate) => {
    const other = candidate.toLowerCase();
    return other.length > 3 && (lower.includes(other) || other.includes(lower));
  });
  return best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : containing;
}
