// On what the suites run. A lane is a set of variables that the harness of the HTTP suites reads.

const EVERYDAY = { title: 'Suites (vitest)', env: {}, files: [] };

/**
 * @param {string | undefined} which `all`: after the everyday run, the HTTP suites on every promised combination
 */
export function lanes(which) {
  if (which !== 'all') return [EVERYDAY];
  const every = [EVERYDAY];
  for (const STORAGE of ['memory', 'sqlite', 'postgres', 'mariadb']) {
    for (const CACHE of ['memory', 'redis']) {
      for (const ADAPTER of ['express', 'fastify']) {
        every.push({
          title: `HTTP suites on ${STORAGE}, ${CACHE} cache, ${ADAPTER}`,
          env: { STORAGE, CACHE, ADAPTER },
          files: ['.e2e-spec.ts'],
        });
      }
    }
  }
  return every;
}
