import type { AuthUser } from './user.repository.js';

/** What clients see of a user. Provide your own to add fields; never add a hash or a token. */
export abstract class UserPresenter {
  abstract present(user: AuthUser, roles: readonly string[]): Record<string, unknown>;
}
