import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RequestThrottle } from './request-throttle.js';

/** Stands only before handlers with `@AuthThrottle`; others do not pay for it. */
@Injectable()
export class AuthThrottleGuard implements CanActivate {
  constructor(private readonly throttle: RequestThrottle) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.throttle.admit(context);
  }
}
