import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { EmailTakenException, PasswordRefusedException, ValidationFailedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { Policies, SignUpPolicy } from '../events/policies.js';
import type { PasswordsService } from '../passwords/passwords.service.js';
import { type PendingSignUp, type PendingSignUpKeeper, PendingSignUps } from '../sign-in/pending-sign-ups.js';
import type { ProvenUser, SignInOutcome, SignInPipeline } from '../sign-in/sign-in-pipeline.js';
import { AccountCreation } from './account-creation.js';
import { AccountsService } from './accounts.service.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const ADA = { email: 'ada@example.com', password: 'right' };
const SIGNED_IN = { status: 'signed_in', issued: { session: { id: 's1' } } } as SignInOutcome;

/** What sign-up needs; what the pipeline is given is only noted. */
class House {
  readonly clock = new SettableClock(1_800_000_000_000);
  readonly database = new MemoryDatabase();
  readonly users = new MemoryUserRepository(this.database);
  readonly pending = new PendingSignUps();
  readonly policies: SignUpPolicy[] = [];
  readonly happened: AuthEvent[] = [];
  /** What the password was judged by. */
  readonly judged: unknown[] = [];
  readonly completed: { proven: ProvenUser; events: readonly AuthEvent[] }[] = [];
  outcome = SIGNED_IN;
  readonly accounts: AccountsService;

  constructor() {
    const units = new MemoryUnitOfWork(this.database);
    const passwords = {
      assertAcceptable: async (password: string, context: unknown) => {
        this.judged.push(context);
        if (password === 'weak')
          throw new PasswordRefusedException([{ field: 'password', code: 'password_blocked', message: 'weak' }]);
      },
      hash: async (password: string) => `hash of ${password}`,
    } as unknown as PasswordsService;
    const pipeline = {
      unit: <T>(work: (transaction: unknown) => Promise<T>) => units.run(work),
      complete: async (proven: ProvenUser, _: unknown, events: readonly AuthEvent[]) => {
        this.completed.push({ proven, events });
        return this.outcome;
      },
    } as unknown as SignInPipeline;
    const events = { record: async (...events: AuthEvent[]) => void this.happened.push(...events) } as unknown as AuthEvents;
    const creation = new AccountCreation(this.users, { signUp: this.policies } as unknown as Policies, this.clock);
    const never = {} as never;
    const proving = [pipeline, never, creation, this.pending] as const;
    this.accounts = new AccountsService(
      never,
      this.users,
      never,
      never,
      passwords,
      never,
      never,
      ...proving,
      units,
      events,
      this.clock,
    );
  }
}

let house: House;
let accounts: AccountsService;
beforeEach(() => {
  house = new House();
  ({ accounts } = house);
});

const addressIsRefused = async (act: Promise<unknown>) => {
  const refused = await act.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ValidationFailedException);
  const answer = (refused as ValidationFailedException).getResponse();
  expect(answer).toMatchObject({ details: [{ field: 'email', code: 'is_email', message: expect.stringContaining('address') }] });
};

describe('signing up', () => {
  const signUp = (changes: object = {}) => accounts.signUp({ ...ADA, delivery: 'bearer', ...changes }, CLIENT);

  it('makes an account and a session, in one transaction', async () => {
    const result = await signUp({ email: ' Ada@Example.com ', profile: { name: 'Ada' }, delivery: 'cookie', remember: true });
    const { user, passwordHash } = (await house.users.findByEmailWithPassword(ADA.email))!;

    expect(passwordHash).toBe('hash of right');
    expect(user).toMatchObject({ name: 'Ada', emailConfirmedAt: null });
    expect(result).toEqual({ user, ...SIGNED_IN });
    expect(house.completed).toMatchObject([
      { proven: { user, method: 'sign_up', amr: ['pwd'], delivery: 'cookie', remember: true, client: CLIENT } },
    ]);
    expect(house.judged).toEqual([{ email: ADA.email, name: 'Ada' }]);
  });

  it('leaves its event to the pipeline, and remembers nobody who did not ask for it', async () => {
    await signUp();

    const [{ proven, events }] = house.completed as [{ proven: ProvenUser; events: AuthEvent[] }];
    expect(proven.remember).toBe(false);
    expect(events).toMatchObject([{ type: 'user.signedUp', ip: CLIENT.ip, data: { method: 'sign_up' } }]);
    expect(house.happened).toEqual([]);
  });

  it('writes of the account also when something else comes before the session', async () => {
    house.outcome = { status: 'interrupted', answer: { next: 'confirm' } };

    expect(await signUp()).toMatchObject({ status: 'interrupted', answer: { next: 'confirm' }, user: { email: ADA.email } });
    expect(house.happened).toEqual(house.completed[0]!.events);
    expect(house.happened).toHaveLength(1);
  });

  it('can do without a client', async () => {
    await accounts.signUp({ ...ADA, delivery: 'bearer' });

    expect(house.completed[0]!.proven.client).toBe(NO_CLIENT);
  });

  it.each(['', 'ada', 'ada@', 'a b@example.com'])('refuses %j for an address, before it looks at the password', async (email) => {
    await addressIsRefused(signUp({ email, password: 'weak' }));
    expect(house.judged).toEqual([]);
  });

  it('refuses a password before it is known whether the address is taken', async () => {
    await signUp();

    await expect(signUp({ password: 'weak' })).rejects.toBeInstanceOf(PasswordRefusedException);
    await expect(signUp()).rejects.toBeInstanceOf(EmailTakenException);
  });

  it('judges the password by a name only where that is a text', async () => {
    await signUp({ profile: { name: 7 } });

    expect(house.judged).toEqual([{ email: ADA.email, name: null }]);
  });

  describe('where addresses are proved first', () => {
    let kept: PendingSignUp[];
    beforeEach(() => {
      kept = [];
      const keeper: Partial<PendingSignUpKeeper> = {
        keep: async (signUp, ask) => {
          kept.push(signUp);
          await ask('transaction');
          return { next: 'mail' };
        },
      };
      house.pending.register(keeper as PendingSignUpKeeper);
    });

    it('keeps it, and makes neither account nor session', async () => {
      const asked: unknown[] = [];
      house.policies.push({ beforeSignUp: (request) => void asked.push(request) });

      expect(await signUp({ profile: { name: 'Ada' } })).toEqual({ status: 'pending', answer: { next: 'mail' } });
      const { email } = ADA;
      const account = { email, profile: { name: 'Ada' }, client: CLIENT };
      expect(kept).toMatchObject([{ ...account, passwordHash: 'hash of right' }]);
      expect(asked).toEqual([{ ...account, method: 'sign_up', emailConfirmed: false, transaction: 'transaction' }]);
      expect(await house.users.findByEmail(email)).toBeNull();
      expect([...house.completed, ...house.happened]).toEqual([]);
    });

    it('refuses the same as everywhere', async () => {
      await expect(signUp({ password: 'weak' })).rejects.toBeInstanceOf(PasswordRefusedException);
      await addressIsRefused(signUp({ email: 'ada' }));
      expect(kept).toEqual([]);
    });
  });
});

describe('making an account for somebody', () => {
  it('opens no session, and writes who did it', async () => {
    const user = await accounts.create({ ...ADA, profile: { name: 'Ada' } }, CLIENT);

    expect(await house.users.findByEmailWithPassword(ADA.email)).toMatchObject({ user, passwordHash: 'hash of right' });
    expect(user).toMatchObject({ name: 'Ada', emailConfirmedAt: null });
    expect(house.completed).toEqual([]);
    expect(house.happened).toMatchObject([
      { type: 'user.signedUp', userId: String(user.id), ip: CLIENT.ip, data: { method: 'administrator' } },
    ]);
  });

  it('takes the address for proved where it is said so, and only there', async () => {
    const proved = await accounts.create({ ...ADA, emailConfirmed: true });
    const not = await accounts.create({ ...ADA, email: 'eve@example.com', emailConfirmed: false });

    expect(proved.emailConfirmedAt).toEqual(new Date(house.clock.now()));
    expect(not.emailConfirmedAt).toBeNull();
  });

  it('refuses what sign-up refuses, and writes nothing then', async () => {
    await addressIsRefused(accounts.create({ ...ADA, email: 'ada' }));
    await expect(accounts.create({ ...ADA, password: 'weak' })).rejects.toBeInstanceOf(PasswordRefusedException);
    expect(house.happened).toEqual([]);
  });
});
