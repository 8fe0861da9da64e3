import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { withDeadline } from '../../common/deadline.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { PasswordLengthPolicy } from '../../core/passwords/length-policy.js';
import { Clock } from '../../core/ports/clock.js';
import { type BlockingRule, type PasswordContext, type PasswordFault, PasswordPolicy } from '../../core/ports/password-policy.js';
import { CommonPasswords } from './common-passwords.js';
import { contextWords, isMadeOf } from './context-words.js';
import { hasFewCharacters, isSequence, repeatedPart } from './guessable-shapes.js';
import { BreachCheckFailedEvent } from './password-rules.events.js';
import { disguisedWords, plain } from './word-forms.js';

/** Leaves time for the hash, so that the answer goes out within 1.5 s. */
const BREACH_DEADLINE_MS = 1_000;

const MESSAGES: Readonly<Record<BlockingRule, string>> = {
  common: 'One of the most used passwords',
  repetition: 'Repeats the same few characters',
  sequence: 'Follows the alphabet, the numbers or the keyboard',
  word: 'One word, which digits, signs or substitutions hardly change',
  context: 'Little more than your name, your address or the name of this application',
  weak: 'Would soon be guessed',
  breached: 'Known from a data breach',
};

const blocked = (rule: BlockingRule): PasswordFault => ({ code: 'password_blocked', rule, message: MESSAGES[rule] });

class BreachCheckTimeout extends Error {}

/**
 * The rules that every application gets: length, then what guessers try first (NIST SP 800-63B-4 section 3.1.1.2; ASVS 5.0, 6.2.4 and
 * 6.2.11), then, where they are configured, an estimate of strength and a look-up of leaked passwords. No rules about kinds of characters.
 */
@Injectable()
export class PasswordRulesPolicy extends PasswordPolicy implements OnModuleInit {
  private readonly common = new CommonPasswords();
  private readonly length: PasswordLengthPolicy;
  private readonly hosts: readonly string[];
  private readonly words: readonly string[];

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    super();
    this.length = new PasswordLengthPolicy(options);
    const { hostname } = new URL(options.baseUrl);
    this.hosts = [hostname];
    this.words = [...(options.appName === hostname ? [] : [options.appName]), ...options.passwords.words];
  }

  async onModuleInit(): Promise<void> {
    await this.options.passwords.strength?.prepare?.();
  }

  async check(password: string, context: PasswordContext): Promise<PasswordFault[]> {
    const faults = await this.length.check(password);
    if (faults.length > 0) return faults;
    const known = contextWords(this.words, this.hosts, context);
    const guessable = await this.guessable(password, known);
    if (guessable.length > 0) return guessable.map(blocked);
    const { strength } = this.options.passwords;
    if (strength !== undefined && !(await strength.isStrong(password, known))) return [blocked('weak')];
    return (await this.hasLeaked(password, context)) ? [blocked('breached')] : [];
  }

  /** Which rules a guess by hand or by list would break it with. */
  private async guessable(password: string, known: readonly string[]): Promise<BlockingRule[]> {
    const common = await this.common.entries();
    const lower = password.toLowerCase();
    const base = plain(password);
    const isCommonWord = (word: string): boolean => common.has(word) || common.has([...word].reverse().join(''));
    const part = repeatedPart(lower);
    const partIsGuessed = (text: string): boolean => [...text].length < this.options.passwords.minLength || common.has(text);
    const rules: Readonly<Record<Exclude<BlockingRule, 'weak' | 'breached'>, () => boolean>> = {
      common: () => common.has(lower) || common.has(base),
      repetition: () => hasFewCharacters(lower) || (part !== null && partIsGuessed(part)),
      sequence: () => isSequence(lower),
      word: () => [...disguisedWords(base)].some(isCommonWord),
      context: () => isMadeOf(base, known, isCommonWord),
    };
    return (Object.keys(rules) as (keyof typeof rules)[]).filter((rule) => rules[rule]());
  }

  /** Fails open: whoever runs the look-up could otherwise keep everybody from choosing a password. */
  private async hasLeaked(password: string, { user }: PasswordContext): Promise<boolean> {
    const { breachCheck } = this.options.passwords;
    if (breachCheck === undefined) return false;
    const abort = new AbortController();
    try {
      const answer = Promise.resolve(breachCheck.isBreached(password, abort.signal));
      return await withDeadline(answer, BREACH_DEADLINE_MS, () => new BreachCheckTimeout());
    } catch (error) {
      abort.abort();
      const reason = error instanceof BreachCheckTimeout ? 'timeout' : 'failed';
      await this.events.record(new BreachCheckFailedEvent(this.clock.now(), { user }, { reason }));
      return false;
    }
  }
}
