import type { ExecutionContext } from '@nestjs/common';

/** Counts requests against the rate of their handler; the room `throttling` implements it. */
export abstract class RequestThrottle {
  /** @throws TooManyAttemptsException over the rate */
  abstract admit(context: ExecutionContext): Promise<boolean>;
}
