import { beforeEach, describe, expect, it } from 'vitest';
import { PasswordRefusedException, ValidationFailedException } from '../errors/auth.errors.js';
import type { PasswordRule, Policies } from '../events/policies.js';
import { PasswordHasher } from '../ports/password-hasher.js';
import { type PasswordContext, type PasswordFault, PasswordPolicy } from '../ports/password-policy.js';
import { PasswordsService } from './passwords.service.js';

const MOST = 1024;
/** One character of three bytes, which NFKC makes eighteen of: 33 bytes. */
const LIGATURE = '\ufdfa';
const SHORT: PasswordFault = { code: 'password_too_short', message: 'short' };
const BLOCKED: PasswordFault = { code: 'password_blocked', message: 'blocked', rule: 'mine' };

/** Says what it was given, and does nothing with it. */
class SpokenHasher extends PasswordHasher {
  readonly equalised: string[] = [];
  isOld = false;

  async hash(password: string): Promise<string> {
    return `hash of ${password}`;
  }
  async verify(password: string, hash: string): Promise<boolean> {
    return hash === `hash of ${password}`;
  }
  needsRehash(): boolean {
    return this.isOld;
  }
  async equalise(password: string): Promise<void> {
    this.equalised.push(password);
  }
}

class SpokenPolicy extends PasswordPolicy {
  readonly asked: unknown[][] = [];
  faults: PasswordFault[] = [];

  async check(...args: [string, PasswordContext]): Promise<PasswordFault[]> {
    this.asked.push(args);
    return this.faults;
  }
}

let hasher: SpokenHasher;
let policy: SpokenPolicy;
let rules: PasswordRule[];
let passwords: PasswordsService;
beforeEach(() => {
  [hasher, policy, rules] = [new SpokenHasher(), new SpokenPolicy(), []];
  passwords = new PasswordsService(hasher, policy, { password: rules } as unknown as Policies);
});

describe('a password as text', () => {
  it('is the same from every keyboard, and never trimmed', () => {
    expect(passwords.normalise('e\u0301')).toBe('\u00e9');
    expect(passwords.normalise('\uff41')).toBe('a');
    expect(passwords.normalise(' a ')).toBe(' a ');
  });

  const fault = (password: string, field?: string) => {
    try {
      passwords.normalise(password, field);
    } catch (error) {
      expect(error).toBeInstanceOf(ValidationFailedException);
      return ((error as ValidationFailedException).getResponse() as { details: object[] }).details;
    }
    return null;
  };

  it('has at most 1,024 bytes, before and after it is normalised', () => {
    const tooLong = [{ field: 'password', code: 'too_long', message: expect.stringContaining('1024') }];

    expect(passwords.normalise('x'.repeat(MOST))).toHaveLength(MOST);
    expect(fault('x'.repeat(MOST + 1))).toEqual(tooLong);
    expect(fault('\u00e9'.repeat(MOST / 2))).toBeNull();
    expect(fault('e\u0301'.repeat(400))).toEqual(tooLong);
    expect(fault(LIGATURE.repeat(31))).toBeNull();
    expect(fault(LIGATURE.repeat(32))).toEqual(tooLong);
  });

  it('is named by its field where it is too long', () => {
    expect(fault('x'.repeat(MOST + 1), 'currentPassword')).toMatchObject([{ field: 'currentPassword' }]);
  });
});

describe('a password that may be set', () => {
  const ADA: PasswordContext = { email: 'ada@example.com' };
  const refusal = async (password = 'password', field?: string) => {
    const refused = await passwords.assertAcceptable(password, ADA, field).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PasswordRefusedException);
    return ((refused as PasswordRefusedException).getResponse() as { details: object[] }).details;
  };

  it('is one that neither the policy nor a rule minds, and they are asked about what is going to be hashed', async () => {
    const asked: unknown[][] = [];
    rules.push({ check: (...args) => (asked.push(args), []) });
    await passwords.assertAcceptable('\uff41', ADA);

    expect(policy.asked).toEqual([['a', ADA]]);
    expect(asked).toEqual([['a', ADA]]);
  });

  it('is told from others by every reason, in the order of who was asked', async () => {
    policy.faults = [SHORT];
    rules.push({ check: () => [BLOCKED] }, { check: async () => [{ ...BLOCKED, rule: 'later' }] });

    expect(await refusal()).toEqual([
      { field: 'password', ...SHORT },
      { field: 'password', ...BLOCKED },
      { field: 'password', ...BLOCKED, rule: 'later' },
    ]);
    expect(await refusal('password', 'newPassword')).toMatchObject(Array(3).fill({ field: 'newPassword' }));
  });

  it('leaves the answer of a policy alone, which may always give the same one', async () => {
    const faults: PasswordFault[] = [];
    policy.faults = faults;
    rules.push({ check: () => [BLOCKED] });
    await refusal();

    expect(faults).toEqual([]);
    expect(await refusal()).toHaveLength(1);
  });

  it('is never longer than what can be hashed, and nobody is asked about such a one', async () => {
    const tooLong = [{ field: 'password', code: 'password_too_long', message: expect.stringContaining('1024') }];

    expect(await refusal('x'.repeat(MOST + 1))).toEqual(tooLong);
    expect(await refusal(LIGATURE.repeat(32))).toEqual(tooLong);
    expect(policy.asked).toEqual([]);
  });
});

describe('a password and its hash', () => {
  it('are compared after both were normalised', async () => {
    const hash = await passwords.hash('\uff41');

    expect(hash).toBe('hash of a');
    expect(await passwords.verify('a', hash)).toBe(true);
    expect(await passwords.verify('\uff41', hash)).toBe(true);
    expect(await passwords.verify('b', hash)).toBe(false);
    expect(hasher.equalised).toEqual([]);
  });

  it.each([null, undefined])('cost the same where there is no hash: %s', async (none) => {
    expect(await passwords.verify('\uff41', none)).toBe(false);
    expect(hasher.equalised).toEqual(['a']);
  });

  it('may be anything that is stored, the empty text included', async () => {
    expect(await passwords.verify('a', '')).toBe(false);
    expect(hasher.equalised).toEqual([]);
  });

  it('get a stronger hash only when there is one', async () => {
    expect(await passwords.upgraded('\uff41', 'hash of a')).toBeNull();
    hasher.isOld = true;

    expect(await passwords.upgraded('\uff41', 'old')).toBe('hash of a');
  });

  it('are refused where the password is too long', async () => {
    const long = 'x'.repeat(MOST + 1);

    await expect(passwords.verify(long, null)).rejects.toBeInstanceOf(ValidationFailedException);
    expect(() => passwords.hash(long)).toThrow(ValidationFailedException);
    expect(hasher.equalised).toEqual([]);
  });
});
