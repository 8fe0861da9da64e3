import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import type { Duration } from '../../common/duration.js';
import { AuthThrottleGuard } from './auth-throttle.guard.js';

/** Rates of the option `throttle`; handlers that name the same one share its count, but those of `token` count each for itself. */
export type ThrottleName = 'signIn' | 'signUp' | 'mail' | 'token';

/** At most `limit` requests of one source within `window`, counted for each handler by itself. */
export interface ThrottleRate {
  limit: number;
  window: Duration;
}

export const AUTH_THROTTLE = 'latchkey:throttle';

/**
 * Refuses requests of one source over a rate: 429 `auth.too_many_attempts` with `Retry-After`. A source is an IPv4 address or the /64 of an
 * IPv6 address, as `trustedProxies` lets it be seen. Shared by all processes through the cache. A handler's rate beats the class's;
 * `throttle: false` switches all of them off.
 *
 * @example
 * ```ts
 * \@AuthThrottle({ limit: 5, window: '1m' })
 * \@Post('coupons')
 * redeem() {}
 * ```
 */
export const AuthThrottle = (rate: ThrottleName | ThrottleRate): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(AUTH_THROTTLE, rate), UseGuards(AuthThrottleGuard));
