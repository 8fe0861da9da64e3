import type { OptionChecks } from './option-checks.js';

/** Where the links of a room lead. */
export interface LinkTarget {
  /** Below `baseUrl`, beginning with `/`. */
  path: string;
  /** Whether the room itself serves the page there; else the host does. */
  isBuiltIn: boolean;
  /** Nobody has named the path: it follows where Nest serves the page, see `servedPath`. */
  isDefault: boolean;
}

/**
 * The option `page` of a room with mailed links. What is given counts as it is; a host whose proxy puts a path before the application may
 * name its own path to the built-in page, e.g. `/shop/auth/password/reset`.
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
  if (page === undefined) return { path: builtIn, isBuiltIn: true, isDefault: true };
  if (typeof page === 'string' && /^\/(?!\/)[^\s#\\]*$/.test(page)) {
    return { path: page, isBuiltIn: page.endsWith(builtIn), isDefault: false };
  }
  checks.add(option, 'is not a path below baseUrl.', "Use a path that begins with '/', without '#', e.g. '/reset'.");
  return { path: builtIn, isBuiltIn: true, isDefault: true };
}
