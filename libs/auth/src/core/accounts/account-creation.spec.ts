import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { ForbiddenAccessException } from '../errors/auth.errors.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { Policies, SignUpPolicy, SignUpRequest } from '../events/policies.js';
import type { AuthUser } from '../ports/user.repository.js';
import { AccountCreation, type AccountToCreate } from './account-creation.js';

const ACCOUNT: AccountToCreate = {
  email: 'ada@example.com',
  passwordHash: 'hash',
  emailConfirmedAt: null,
  profile: { name: 'Ada' },
  method: 'sign_up',
  client: { ...NO_CLIENT, ip: '203.0.113.7' },
};
const TRANSACTION = { handle: 1 };

describe('the beginning of an account', () => {
  let clock: SettableClock;
  let users: MemoryUserRepository;
  let policies: SignUpPolicy[];
  let creation: AccountCreation;

  beforeEach(() => {
    clock = new SettableClock(1_800_000_000_000);
    users = new MemoryUserRepository(new MemoryDatabase());
    policies = [];
    creation = new AccountCreation(users, { signUp: policies } as unknown as Policies, clock);
  });

  const stored = () => users.findByEmailWithPassword(ACCOUNT.email);

  it('keeps what was asked for, and since when', async () => {
    const { user } = await creation.create(ACCOUNT, TRANSACTION);

    expect(await stored()).toMatchObject({ user, passwordHash: 'hash' });
    expect(user).toMatchObject({ email: ACCOUNT.email, name: 'Ada', emailConfirmedAt: null, createdAt: new Date(clock.now()) });
  });

  it('keeps when an address was proved that comes with its proof', async () => {
    const emailConfirmedAt = new Date(7);
    const { user } = await creation.create({ ...ACCOUNT, emailConfirmedAt }, TRANSACTION);

    expect(user.emailConfirmedAt).toEqual(emailConfirmedAt);
  });

  it('hands its event to whoever records it', async () => {
    const { user, event } = await creation.create(ACCOUNT, TRANSACTION);

    expect(event).toMatchObject({
      type: 'user.signedUp',
      at: clock.now(),
      userId: String(user.id),
      ip: '203.0.113.7',
      data: { method: 'sign_up' },
    });
  });

  it('asks the policies one after the other before and after the insert, with everything that they may need', async () => {
    const asked: [string, boolean, SignUpRequest & { user?: AuthUser }][] = [];
    const policy = (name: string): SignUpPolicy => ({
      beforeSignUp: async (request) => void asked.push([`${name} before`, (await stored()) !== null, { ...request }]),
      afterSignUp: async (request) => void asked.push([`${name} after`, (await stored()) !== null, { ...request }]),
    });
    policies.push(policy('first'), {}, policy('second'));
    const { user } = await creation.create(ACCOUNT, TRANSACTION);

    const { email, profile, method, client } = ACCOUNT;
    const request = { email, profile, method, client, emailConfirmed: false, transaction: TRANSACTION };
    expect(asked).toEqual([
      ['first before', false, request],
      ['second before', false, request],
      ['first after', true, { ...request, user }],
      ['second after', true, { ...request, user }],
    ]);
  });

  it('tells the policies of an address that is proved', async () => {
    const confirmed: boolean[] = [];
    policies.push({ beforeSignUp: ({ emailConfirmed }) => void confirmed.push(emailConfirmed) });
    await creation.create({ ...ACCOUNT, emailConfirmedAt: new Date() }, TRANSACTION);

    expect(confirmed).toEqual([true]);
  });

  it('takes what a policy adds, and leaves the profile of the caller alone', async () => {
    policies.push({ beforeSignUp: ({ profile }) => void (profile['name'] = `${String(profile['name'])} Lovelace`) });
    const { user } = await creation.create(ACCOUNT, TRANSACTION);

    expect(user.name).toBe('Ada Lovelace');
    expect(ACCOUNT.profile).toEqual({ name: 'Ada' });
  });

  it('does not happen when a policy refuses', async () => {
    policies.push({ beforeSignUp: () => Promise.reject(new ForbiddenAccessException()) });

    await expect(creation.create(ACCOUNT, TRANSACTION)).rejects.toBeInstanceOf(ForbiddenAccessException);
    expect(await stored()).toBeNull();
  });

  it('can be asked about without making anything', async () => {
    const asked: string[] = [];
    policies.push({ beforeSignUp: ({ email }) => void asked.push(email), afterSignUp: () => void asked.push('after') });
    await creation.ask(ACCOUNT, TRANSACTION);

    expect(asked).toEqual([ACCOUNT.email]);
    expect(await stored()).toBeNull();
  });
});
