import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { AccessTokenAlgorithm, KeyProvider, SigningKeyPair } from '../ports/key-provider.js';
import { type SigningKeyFault, signingKeyProblems } from './signing-key.rules.js';

/** The key pairs of the start, with what is wrong with them: boot rules judge it, so that nothing stops the start on its own. */
export class SigningKeys {
  private constructor(
    /** Not to be used unless `faults` is empty. */
    readonly pairs: readonly SigningKeyPair[],
    /** `null` with HS256, whose keys are derived from the secret. */
    readonly faults: readonly SigningKeyFault[] | null,
  ) {}

  /** Asks the provider once. @throws whatever it throws, but for an `AuthConfigurationError`, which becomes a fault */
  static async read(provider: KeyProvider | null, algorithm: AccessTokenAlgorithm): Promise<SigningKeys> {
    if (algorithm === 'HS256') return new SigningKeys([], null);
    if (provider === null) return new SigningKeys([], [noProvider(algorithm)]);
    try {
      const pairs = await provider.keyPairs();
      return new SigningKeys(pairs, [
        ...signingKeyProblems(pairs, algorithm),
        ...(provider.isEphemeral === true ? [EPHEMERAL] : []),
      ]);
    } catch (error) {
      if (!(error instanceof AuthConfigurationError)) throw error;
      return new SigningKeys(
        [],
        error.problems.map((problem) => ({ kind: 'unfit', ...problem })),
      );
    }
  }

  get areUsable(): boolean {
    return this.faults?.every(({ kind }) => kind === 'ephemeral') ?? true;
  }
}

const noProvider = (algorithm: AccessTokenAlgorithm): SigningKeyFault => ({
  kind: 'missing',
  option: 'tokens.keys',
  problem: `is missing, and ${algorithm} needs a key pair.`,
  remedy: 'Pass a KeyProvider: npx nestjs-latchkey generate-keys',
});

const EPHEMERAL: SigningKeyFault = {
  kind: 'ephemeral',
  option: 'tokens.keys',
  problem: 'are made anew at every start: other processes refuse what they sign, and so does this one after a restart.',
  remedy: 'Keep a pair in a secrets manager or in the environment: npx nestjs-latchkey generate-keys',
};
