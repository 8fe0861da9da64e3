import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { Policies } from '../../core/events/policies.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { MAGIC_LINK_OPTIONS, type ResolvedMagicLinkOptions } from './magic-link.options.js';

/** Who signs up by a link fills in nothing: stops the boot when the host's user table requires a column that only a form would fill. */
@Injectable()
export class MagicLinkBootCheck implements OnApplicationBootstrap {
  constructor(
    @Inject(MAGIC_LINK_OPTIONS) private readonly options: ResolvedMagicLinkOptions,
    private readonly users: UserRepository,
    private readonly policies: Policies,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.options.signUp) return;
    const unfilled = await this.users.unfilledColumns(this.policies.filledProperties);
    if (unfilled.length === 0) return;
    throw new AuthConfigurationError(
      unfilled.map((column) => ({
        option: 'signUp',
        problem: `Column ${column} is required, and who signs up by a link fills nothing in.`,
        remedy: 'Give it a default, name it in @UseSignUpPolicy({ fills: [...] }), or leave signUp of MagicLinkModule out.',
      })),
    );
  }
}
