import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { certainFieldsOf } from '../access/request-body.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { Policies } from '../events/policies.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { UserRepository } from '../ports/user.repository.js';

/** Stops the boot when the host's user table has a required column that nothing fills: every sign-up would fail. */
@Injectable()
export class ProfileBootCheck implements OnApplicationBootstrap {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly users: UserRepository,
    private readonly policies: Policies,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const known = [...certainFieldsOf(this.options.profile), ...this.policies.filledProperties];
    const unfilled = await this.users.unfilledColumns(known);
    if (unfilled.length === 0) return;
    throw new AuthConfigurationError(
      unfilled.map((column) => ({
        option: 'storage.userEntity',
        problem: `Column ${column} is required, and nothing fills it.`,
        remedy:
          'Give it a default, make it a required field of the profile class, or name it in @UseSignUpPolicy({ fills: [...] }).',
      })),
    );
  }
}
