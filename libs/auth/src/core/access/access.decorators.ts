import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata, UseGuards } from '@nestjs/common';
import type { Duration } from '../../common/duration.js';
import { NotAuthenticatedException } from '../errors/auth.errors.js';
import type { Session } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import { AuthGuard } from './auth.guard.js';
import { Authentication } from './authentication.js';
import { httpRequestOf } from './http-request.js';
import { AccessMetadata } from './route-access.js';

/**
 * Opens a route (or a controller) to everybody. No session is looked at: nothing is read, nothing costs.
 *
 * @example
 * ```ts
 * @Public()
 * @Get('prices')
 * prices() {}
 * ```
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(AccessMetadata.public, true);

/** Nothing presented: anonymous. Presented but bad: 401. Store down: 503. */
export const OptionalAuth = (): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(AccessMetadata.optional, true), UseGuards(AuthGuard));

/**
 * Admits users who hold at least one of `roles`; others get 403 `auth.forbidden`. A granted or revoked role acts within a second.
 *
 * @example
 * ```ts
 * @Roles('admin')
 * @Get('admin')
 * admin() {}
 * ```
 */
export const Roles = (...roles: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(AccessMetadata.roles, roles), UseGuards(AuthGuard));

/** Admits users whose roles give them every one of `permissions`; others get 403 `auth.forbidden`. */
export const Permissions = (...permissions: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(AccessMetadata.permissions, permissions), UseGuards(AuthGuard));

/**
 * Admits users who proved who they are at most `maxAge` ago, by signing in or `POST /step-up`; others get 403 `auth.recent_auth_required`.
 *
 * @param maxAge the option `recentAuth` unless given
 */
export const RequireRecentAuth = (maxAge?: Duration): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(AccessMetadata.recentAuth, maxAge ?? true), UseGuards(AuthGuard));

/** Other libraries put their own things into `auth`. */
function authenticationOf(context: ExecutionContext): Authentication | undefined {
  const known: unknown = httpRequestOf(context)?.auth;
  return known instanceof Authentication ? known : undefined;
}

/** Without the guard in front nobody knows who asks: refused, unless the route is optional. */
function required(context: ExecutionContext): Authentication | null {
  const authentication = authenticationOf(context);
  if (authentication !== undefined) return authentication;
  if (AccessMetadata.isOptional(context)) return null;
  throw new NotAuthenticatedException();
}

/**
 * The host's user entity, read from the database when a handler asks for it; `null` only on `@OptionalAuth()` routes.
 *
 * @example
 * ```ts
 * @Get('profile')
 * profile(@CurrentUser() user: User) {}
 * ```
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  async (_: unknown, context: ExecutionContext): Promise<AuthUser | null> => (await required(context)?.user()) ?? null,
);

/** The session of the request, from memory; `null` only on `@OptionalAuth()` routes. */
export const CurrentSession: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Readonly<Session> | null => required(context)?.session ?? null,
);
