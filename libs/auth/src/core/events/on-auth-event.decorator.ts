import { SetMetadata } from '@nestjs/common';

export const ON_AUTH_EVENT = 'latchkey:on-auth-event';

/**
 * Calls the method with every event of the type (`'*'`: of every type), after the unit of work that it tells of has committed.
 * What the method throws is logged and is nobody's answer; nothing waits for it.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class Welcome {
 *   @OnAuthEvent('user.signedUp')
 *   greet(event: UserSignedUpEvent) {}
 * }
 * ```
 */
export const OnAuthEvent = (...types: string[]): MethodDecorator => SetMetadata(ON_AUTH_EVENT, types);
