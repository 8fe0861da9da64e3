import { Injectable } from '@nestjs/common';
import type { AuthUser } from '../ports/user.repository.js';
import { UserPresenter } from '../ports/user-presenter.js';

/** The contract's fields and nothing else, however many columns the host's entity has. */
@Injectable()
export class DefaultUserPresenter extends UserPresenter {
  present({ id, email, emailConfirmedAt, name, createdAt }: AuthUser, roles: readonly string[]): Record<string, unknown> {
    return {
      id,
      email,
      emailConfirmed: emailConfirmedAt !== null && emailConfirmedAt !== undefined,
      name: name ?? null,
      roles: [...roles],
      createdAt: new Date(createdAt).toISOString(),
    };
  }
}
