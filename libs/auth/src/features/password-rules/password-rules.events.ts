import { AuthEvent } from '../../core/events/auth-event.js';

/** The look-up of leaked passwords did not answer in time, or failed: the password was accepted without it. */
export class BreachCheckFailedEvent extends AuthEvent<{ reason: 'timeout' | 'failed' }> {
  static override readonly type = 'password.breachCheckFailed';
}
