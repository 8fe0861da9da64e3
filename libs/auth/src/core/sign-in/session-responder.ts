import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { deviceCookieName } from '../access/client-reader.js';
import type { HttpRequest } from '../access/http-request.js';
import { appendCookie } from '../access/http-response.js';
import { OriginRule } from '../access/origin-rule.js';
import { RolesReader } from '../access/roles-reader.js';
import { ValidationFailedException } from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import { UserPresenter } from '../ports/user-presenter.js';
import type { SessionCredentials } from '../sessions/issued-session.js';
import { DEVICE_TTL } from '../sessions/known-devices.js';
import type { DeliveryDto } from './sign-in.dto.js';

/** How sessions and users look over HTTP: the body for bearer delivery, the cookie for cookie delivery, never both. */
@Injectable()
export class SessionResponder {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly origins: OriginRule,
    private readonly presenter: UserPresenter,
    private readonly roles: RolesReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * How this client will hold its session; decided before anything is done for it.
   *
   * @throws ValidationFailedException for a delivery that is switched off
   * @throws OriginRejectedException when a foreign page would get a cookie set
   */
  deliveryFor(request: HttpRequest, { delivery }: DeliveryDto): SessionDelivery {
    const chosen = delivery ?? this.options.delivery[0]!;
    if (!this.options.delivery.includes(chosen)) {
      throw new ValidationFailedException([{ field: 'delivery', code: 'not_offered', message: `${chosen} is switched off` }]);
    }
    if (chosen === 'cookie') this.origins.assertMaySetCookie(request);
    return chosen;
  }

  /** The `...session` part of an answer; sets the cookie where that is how it travels. */
  hand(response: unknown, credentials: SessionCredentials): object {
    if (credentials.delivery === 'cookie') {
      this.setCookie(response, this.options.cookie.name, credentials.value, credentials.maxAge);
      if (credentials.device !== undefined) {
        this.setCookie(response, deviceCookieName(this.options), credentials.device, DEVICE_TTL / 1000);
      }
      return {};
    }
    const { accessToken, refreshToken, tokenType, expiresIn } = credentials;
    return { accessToken, refreshToken, tokenType, expiresIn };
  }

  clearCookie(response: unknown): void {
    this.setCookie(response, this.options.cookie.name, '', 0);
  }

  async user(user: AuthUser): Promise<Record<string, unknown>> {
    return this.presenter.present(user, (await this.roles.rolesOf(String(user.id))).roles);
  }

  userWithRoles(user: AuthUser, roles: readonly string[]): Record<string, unknown> {
    return this.presenter.present(user, roles);
  }

  session({ id, createdAt, lastSeenAt, amr, authTime }: Readonly<Session>): object {
    return { id, createdAt: iso(createdAt), lastSeenAt: iso(lastSeenAt), amr, authTime: iso(authTime) };
  }

  private setCookie(response: unknown, name: string, value: string, maxAge: number | null): void {
    const { sameSite, domain, secure } = this.options.cookie;
    const attributes = [
      `${name}=${value}`,
      'Path=/',
      'HttpOnly',
      `SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}`,
      ...(secure ? ['Secure'] : []),
      ...(domain === undefined ? [] : [`Domain=${domain}`]),
      ...(maxAge === null ? [] : [`Max-Age=${maxAge}`]),
    ];
    appendCookie(this.adapterHost.httpAdapter, response, attributes.join('; '));
  }
}

export const iso = (ms: number): string => new Date(ms).toISOString();
