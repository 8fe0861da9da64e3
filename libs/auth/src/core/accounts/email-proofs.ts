import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../events/client-info.js';
import type { LinkTarget } from '../options/link-target.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';

/** What happens when an address is proved with a token of one purpose. */
export interface EmailProof {
  purpose: string;
  /** Where the mailed link leads; the built-in page is served when it leads there for any purpose. */
  link: LinkTarget;
  /** Redeems the token, in a unit of work of its own. @throws OneTimeTokenInvalidException */
  redeem(token: string, client: ClientInfo): Promise<void>;
}

/** Below `routePrefix`: of the one route that takes the tokens of all rooms that prove addresses, and of the built-in page. */
export const EMAIL_CONFIRM_ROUTE = 'email/confirm';

/** One route proves addresses, and the token's purpose says what for: rooms register theirs while they start (`onModuleInit`). */
@Injectable()
export class EmailProofs {
  private readonly proofs = new Map<string, EmailProof>();

  constructor(private readonly tokens: OneTimeTokensService) {}

  /** @throws TypeError when the purpose is taken */
  register(proof: EmailProof): void {
    if (this.proofs.has(proof.purpose)) throw new TypeError(`The purpose "${proof.purpose}" is registered twice`);
    this.proofs.set(proof.purpose, proof);
  }

  get isOffered(): boolean {
    return this.proofs.size > 0;
  }

  get hasBuiltInPage(): boolean {
    return [...this.proofs.values()].some(({ link }) => link.isBuiltIn);
  }

  /** @throws OneTimeTokenInvalidException */
  async redeem(token: string, client: ClientInfo): Promise<void> {
    const purpose = await this.tokens.purposeOf(token, [...this.proofs.keys()]);
    await this.proofs.get(purpose)!.redeem(token, client);
  }
}
