import { type CanActivate, type ExecutionContext, Inject, Injectable, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { STORE_DEADLINE_MS, withDeadline } from '../../common/deadline.js';
import { AuthException } from '../errors/auth.exception.js';
import {
  ForbiddenAccessException,
  NotAuthenticatedException,
  RecentAuthRequiredException,
  StoreUnavailableException,
} from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { Clock } from '../ports/clock.js';
import type { Session } from '../ports/session.repository.js';
import { SessionStates } from '../sessions/session-states.js';
import { AccessDenials } from './access-denials.js';
import { Authentication } from './authentication.js';
import { type HttpRequest, httpRequestOf } from './http-request.js';
import { PRIVATE_ANSWER, writeHeaders } from './http-response.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { RolesReader } from './roles-reader.js';
import { type RouteAccess, resolveRouteAccess } from './route-access.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * The one guard. It stands before every route of the host (`globalGuard`), and every decorator that requires something brings it along,
 * so that a forgotten module stops the boot instead of opening the route.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly accessByClass = new Map<Type, Map<Handler, RouteAccess>>();

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly authenticator: RequestAuthenticator,
    private readonly states: SessionStates,
    private readonly roles: RolesReader,
    private readonly denials: AccessDenials,
    private readonly clock: Clock,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** @throws an `AuthException` with its headers already set on the answer */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.accessOf(context);
    if (access.kind === 'public') return true;
    const request = httpRequestOf(context);
    if (request === null) throw new NotAuthenticatedException();
    try {
      // Other libraries put their own things into `auth`.
      const known = request.auth instanceof Authentication ? request.auth : null;
      const authentication = known ?? this.authenticator.authenticate(request);
      const admitted =
        authentication instanceof Promise
          ? authentication.then((one) => this.admit(access, request, one))
          : this.admit(access, request, authentication);
      return admitted instanceof Promise ? this.inTime(admitted, request).catch((error) => this.refuse(context, error)) : admitted;
    } catch (error) {
      return this.refuse(context, error);
    }
  }

  /** Several questions may have to be asked, one after the other: the store has one deadline for all of them. */
  private async inTime(admitted: Promise<boolean>, request: HttpRequest): Promise<boolean> {
    const since = performance.now();
    const answer = await withDeadline(admitted, STORE_DEADLINE_MS, () => new StoreUnavailableException());
    if (request.auth instanceof Authentication) request.auth.askedFor += performance.now() - since;
    return answer;
  }

  private admit(access: RouteAccess, request: HttpRequest, authentication: Authentication | null): boolean | Promise<boolean> {
    if (authentication === null) {
      if (access.kind === 'optional') return true;
      throw new NotAuthenticatedException();
    }
    request.auth = authentication;
    if (access.recentAuth !== null && !this.isRecent(authentication.session, access.recentAuth)) {
      return this.steppedUpElsewhere(access, access.recentAuth, authentication);
    }
    return this.mayEnter(access, authentication.userId);
  }

  private mayEnter(access: RouteAccess, userId: string): boolean | Promise<boolean> {
    return access.roles === null && access.permissions === null ? true : this.assertHolds(access, userId);
  }

  private isRecent({ authTime }: Readonly<Session>, maxAge: number): boolean {
    return this.clock.now() - authTime <= maxAge;
  }

  /** Who has just stepped up on another node must not be refused here for what this process has not heard yet. */
  private async steppedUpElsewhere(access: RouteAccess, maxAge: number, { session, userId }: Authentication): Promise<boolean> {
    const standing = await this.states.reload(session.id);
    if (standing.status !== 'live' || !this.isRecent(standing.session, maxAge)) throw new RecentAuthRequiredException();
    return this.mayEnter(access, userId);
  }

  private async assertHolds(access: RouteAccess, userId: string): Promise<boolean> {
    const held = await this.roles.rolesOf(userId);
    if (access.roles !== null && !access.roles.some((role) => held.roles.includes(role))) throw new ForbiddenAccessException();
    if (access.permissions !== null && !access.permissions.every((one) => held.permissions.includes(one))) {
      throw new ForbiddenAccessException();
    }
    return true;
  }

  private accessOf(context: ExecutionContext): RouteAccess {
    const controller = context.getClass();
    const handler = context.getHandler();
    let byHandler = this.accessByClass.get(controller);
    if (byHandler === undefined) this.accessByClass.set(controller, (byHandler = new Map()));
    let access = byHandler.get(handler);
    if (access === undefined)
      byHandler.set(handler, (access = resolveRouteAccess(handler as never, controller, this.options.recentAuth)));
    return access;
  }

  private refuse(context: ExecutionContext, error: unknown): never {
    if (error instanceof ForbiddenAccessException) this.noteDenial(context);
    if (error instanceof AuthException) {
      writeHeaders(this.adapterHost.httpAdapter, context.switchToHttp().getResponse(), {
        ...PRIVATE_ANSWER,
        ...error.headers,
      });
    }
    throw error;
  }

  private noteDenial(context: ExecutionContext): void {
    const { roles, permissions } = this.accessOf(context);
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    this.denials.note(httpRequestOf(context)!, { handler, required: [...(roles ?? []), ...(permissions ?? [])] });
  }
}
