import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { StrengthEstimate } from '../../core/ports/password-policy.js';

export interface ZxcvbnOptions {
  /** Least score, from 0 (too guessable) to 4 (very unguessable). @default 3 (over 10^8 guesses) */
  minScore?: 1 | 2 | 3 | 4;
  /** Dictionaries beside the common one, e.g. those of `@zxcvbn-ts/language-en`. @default {} */
  dictionary?: Record<string, (string | number)[]>;
}

/** What we use of `@zxcvbn-ts/core`, so that the optional package stays out of our types. */
interface Estimator {
  check(password: string, words: string[]): { score: number };
}

/** More is not looked at: the estimate takes time that grows faster than the password. */
const MAX_LENGTH = 64;

/**
 * Refuses passwords that `@zxcvbn-ts/core` finds weak; install it and `@zxcvbn-ts/language-common` beside this library. It is stricter than
 * the built-in rules and takes milliseconds.
 *
 * @example AuthModule.forRoot({ passwords: { strength: zxcvbn({ minScore: 3 }) }, … })
 */
export function zxcvbn({ minScore = 3, dictionary = {} }: ZxcvbnOptions = {}): StrengthEstimate {
  let loading: Promise<Estimator> | undefined;
  const estimator = (): Promise<Estimator> => (loading ??= load(dictionary));
  return {
    prepare: async () => void (await estimator()),
    isStrong: async (password, words) => (await estimator()).check(password.slice(0, MAX_LENGTH), [...words]).score >= minScore,
  };
}

/** @throws {AuthConfigurationError} with the command that installs the packages */
async function load(dictionary: Record<string, (string | number)[]>): Promise<Estimator> {
  try {
    const [{ ZxcvbnFactory }, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
    return new ZxcvbnFactory({ dictionary: { ...common.dictionary, ...dictionary }, graphs: common.adjacencyGraphs });
  } catch (cause) {
    const remedy = 'Run: npm install @zxcvbn-ts/core @zxcvbn-ts/language-common';
    throw new AuthConfigurationError([{ option: 'passwords.strength', problem: 'zxcvbn needs @zxcvbn-ts/core.', remedy }], {
      cause,
    });
  }
}
