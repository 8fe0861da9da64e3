import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';
import { BootFindings } from '../../core/events/boot-findings.js';
import { Policies } from '../../core/events/policies.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { MAGIC_LINK_OPTIONS, type ResolvedMagicLinkOptions } from './magic-link.options.js';

/** Who signs up by a link fills in nothing: tells the boot rules when the host's user table requires a column that only a form would fill. */
@Injectable()
export class MagicLinkBootCheck implements OnModuleInit {
  constructor(
    @Inject(MAGIC_LINK_OPTIONS) private readonly options: ResolvedMagicLinkOptions,
    private readonly users: UserRepository,
    private readonly policies: Policies,
    private readonly findings: BootFindings,
  ) {}

  onModuleInit(): void {
    if (this.options.signUp) this.findings.contribute('storage.unfilled-column', () => this.unfilled());
  }

  private async unfilled(): Promise<ConfigurationProblem[]> {
    const unfilled = await this.users.unfilledColumns(this.policies.filledProperties);
    return unfilled.map((column) => ({
      option: 'signUp',
      problem: `Column ${column} is required, and who signs up by a link fills nothing in.`,
      remedy: 'Give it a default, name it in @UseSignUpPolicy({ fills: [...] }), or leave signUp of MagicLinkModule out.',
    }));
  }
}
