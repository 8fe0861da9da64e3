/** Later layers win. `undefined` never overrides: options read from an environment are often absent. */
export function merged<T extends object>(...layers: (object | undefined)[]): T {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) if (value !== undefined) result[key] = value;
  }
  return result as T;
}
