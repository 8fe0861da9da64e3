import type { OptionChecks } from './option-checks.js';

/** Where the links of a room lead. */
export interface LinkTarget {
  /** Below `baseUrl`, beginning with `/`. */
  path: string;
  /** Whether the room itself serves the page there; else the host does. */
  isBuiltIn: boolean;
}

/**
 * The option `page` of a room with mailed links. A host with a global prefix names its own path to the built-in page, e.g.
 * `/api/auth/password/reset`.
 *
 * @param route of the built-in page below `routePrefix`, e.g. `password/reset`
 */
export function resolveLinkTarget(
  checks: OptionChecks,
  page: unknown,
  routePrefix: string,
  route: string,
  option = 'page',
): LinkTarget {
  const builtIn = `/${routePrefix}/${route}`;
  if (page === undefined) return { path: builtIn, isBuiltIn: true };
  if (typeof page === 'string' && /^\/(?!\/)[^\s#\\]*$/.test(page)) return { path: page, isBuiltIn: page.endsWith(builtIn) };
  checks.add(option, 'is not a path below baseUrl.', "Use a path that begins with '/', without '#', e.g. '/reset'.");
  return { path: builtIn, isBuiltIn: true };
}
