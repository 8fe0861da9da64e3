import type { ExecutionContext, Type } from '@nestjs/common';
import { type Duration, parseDuration } from '../../common/duration.js';

type Handler = (...args: never[]) => unknown;
/** What our decorators may stand on. */
export type DecoratedTarget = Type | Handler;

/** Keys under which the decorators keep what they say. */
export const AccessMetadata = {
  public: 'latchkey:public',
  optional: 'latchkey:optional',
  roles: 'latchkey:roles',
  permissions: 'latchkey:permissions',
  recentAuth: 'latchkey:recent-auth',

  isOptional(context: ExecutionContext): boolean {
    const own: unknown = Reflect.getMetadata(AccessMetadata.optional, context.getHandler());
    return (own ?? Reflect.getMetadata(AccessMetadata.optional, context.getClass())) === true;
  },
} as const;

/** What one handler asks of a request. */
export interface RouteAccess {
  kind: 'public' | 'optional' | 'protected';
  roles: readonly string[] | null;
  permissions: readonly string[] | null;
  /** Milliseconds, or `null`. */
  recentAuth: number | null;
}

const REQUIREMENTS = [AccessMetadata.roles, AccessMetadata.permissions, AccessMetadata.recentAuth] as const;

const has = (key: string, target: DecoratedTarget): boolean => Reflect.hasMetadata(key, target);

/** A handler or class that says both that it is open and what it requires: nobody can have meant that. */
export function isContradictory(target: DecoratedTarget): boolean {
  const open = [AccessMetadata.public, AccessMetadata.optional].filter((key) => has(key, target)).length;
  return open === 2 || (open === 1 && REQUIREMENTS.some((key) => has(key, target)));
}

/** A handler's decorator beats the class's; what the handler leaves unsaid the class says. */
export function resolveRouteAccess(handler: Handler, controller: Type, defaultRecentAuth: number): RouteAccess {
  const handlerRequires = REQUIREMENTS.some((key) => has(key, handler));
  const said = [AccessMetadata.public, AccessMetadata.optional].find((key) => has(key, handler));
  const inherited = [AccessMetadata.public, AccessMetadata.optional].find((key) => has(key, controller));
  const open = said ?? (handlerRequires ? undefined : inherited);
  if (open === AccessMetadata.public) return { kind: 'public', roles: null, permissions: null, recentAuth: null };

  const read = <T>(key: string): T | null => {
    const own = Reflect.getMetadata(key, handler) as T | undefined;
    // An opened handler inside a class with requirements asks for none of them.
    return own ?? (said === undefined ? ((Reflect.getMetadata(key, controller) as T | undefined) ?? null) : null);
  };
  const maxAge = read<Duration | true>(AccessMetadata.recentAuth);
  return {
    kind: open === AccessMetadata.optional ? 'optional' : 'protected',
    roles: read(AccessMetadata.roles),
    permissions: read(AccessMetadata.permissions),
    recentAuth: maxAge === null ? null : maxAge === true ? defaultRecentAuth : (parseDuration(maxAge) ?? 0),
  };
}
