import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import {
  ChallengeRequiredException,
  EmailUnconfirmedException,
  InvalidCredentialsException,
  OverloadedException,
  StoreUnavailableException,
} from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { AttemptLedger, Guess } from '../passwords/attempt-ledger.js';
import type { PasswordsService } from '../passwords/passwords.service.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { KnownDevices } from '../sessions/known-devices.js';
import type { RefreshService } from '../sessions/refresh.service.js';
import type { Challenges } from './challenges.js';
import { PendingSignUps } from './pending-sign-ups.js';
import type { ProvenUser, SignInOutcome, SignInPipeline } from './sign-in-pipeline.js';
import { type PasswordSignIn, SignInService } from './sign-in.service.js';

const NOW = 1_800_000_000_000;
const AT = new Date(NOW - 1);
const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const FROM_DEVICE = { ...CLIENT, device: 'known' };
const ISSUED = { session: { id: 's1' }, credentials: {} } as never;
const ADA: PasswordSignIn = { email: ' ADA@example.com', password: ' right ', delivery: 'cookie', remember: true };

describe('signing in by password', () => {
  let users: MemoryUserRepository;
  let ada: AuthUser;
  /** Everything that was asked for, in its order. */
  let log: unknown[];
  let happened: AuthEvent[];
  let pending: PendingSignUps;
  let reachedHardStop: boolean;
  let isChallenged: boolean;
  let isWeak: (hash: string) => boolean;
  let verify: (password: string, hash: string | null) => Promise<boolean>;
  let outcome: SignInOutcome | Error;
  let service: SignInService;

  beforeEach(async () => {
    users = new MemoryUserRepository(new MemoryDatabase());
    ada = await given('ada@example.com', 'hash of right');
    [log, happened, pending] = [[], [], new PendingSignUps()];
    [reachedHardStop, isChallenged, outcome] = [false, false, { status: 'signed_in', issued: ISSUED }];
    isWeak = () => false;
    verify = async (password, hash) => hash?.endsWith(`hash of ${password}`) === true;
    const passwords = {
      normalise: (password: string) => password.trim(),
      verify: (password: string, hash: string | null) => {
        log.push(['verify', password, hash]);
        return verify(password, hash);
      },
      upgraded: async (password: string, hash: string) => (isWeak(hash) ? `strong hash of ${password}` : null),
    } as unknown as PasswordsService;
    const ledger = {
      reserve: async (guess: Guess) => {
        log.push(['reserve', guess]);
        return {
          fail: async () => {
            log.push('fail');
            return { reachedHardStop };
          },
          succeed: async () => void log.push('succeed'),
          release: async () => void log.push('release'),
        };
      },
    } as unknown as AttemptLedger;
    const devices = {
      recognise: async (device: unknown, email: string) => (device === 'known' && email === ada.email ? 'd1' : null),
    } as unknown as KnownDevices;
    const challenges = {
      assertAnswered: async (...asked: unknown[]) => {
        log.push(['challenge', ...asked]);
        if (isChallenged) throw new ChallengeRequiredException();
      },
    } as unknown as Challenges;
    const hardStop = { send: async (...args: unknown[]) => void log.push(['notice', ...args]) };
    const pipeline = {
      unit: (work: (transaction: unknown) => Promise<unknown>) => work('transaction'),
      complete: async (proven: ProvenUser, transaction: unknown) => {
        log.push(['complete', proven, transaction]);
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    } as unknown as SignInPipeline;
    const refreshes = {} as RefreshService;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    const clock = { now: () => NOW };
    service = new SignInService(
      users,
      passwords,
      ledger,
      devices,
      challenges,
      hardStop,
      pending,
      pipeline,
      refreshes,
      events,
      clock,
    );
  });

  const given = (email: string, passwordHash: string | null) =>
    users.insert({ email, passwordHash, emailConfirmedAt: null, createdAt: AT, profile: {} });
  const signIn = (changes: Partial<PasswordSignIn> = {}, client = CLIENT) => service.signIn({ ...ADA, ...changes }, client);
  const refusal = (changes: Partial<PasswordSignIn> = {}, client = CLIENT) =>
    signIn(changes, client).then(
      () => null,
      (error: unknown) => error,
    );
  const hashOf = async (email: string) => (await users.findByEmailWithPassword(email))?.passwordHash;
  const challenged = (response?: string) => ['challenge', 'ada@example.com', response, CLIENT];
  const reserved = ['reserve', { email: 'ada@example.com', deviceId: undefined }];
  const looked = ['verify', 'right', 'hash of right'];

  it('hands a session to who knows it, counted before it was looked at', async () => {
    expect(await signIn({ challengeResponse: 'a person' })).toEqual({ status: 'signed_in', user: ada, roles: [], issued: ISSUED });

    const proven: ProvenUser = {
      user: ada,
      method: 'password',
      amr: ['pwd'],
      delivery: 'cookie',
      remember: true,
      client: CLIENT,
      isKnownDevice: false,
    };
    expect(log).toEqual([challenged('a person'), reserved, looked, ['complete', proven, 'transaction'], 'succeed']);
    expect(happened).toEqual([]);
  });

  it('asks nobody who is on a known device for a challenge, and counts the device by itself', async () => {
    isChallenged = true;
    await signIn({}, FROM_DEVICE);

    expect(log[0]).toEqual(['reserve', { email: 'ada@example.com', deviceId: 'd1' }]);
    expect(log).toContainEqual(['complete', expect.objectContaining({ isKnownDevice: true }), 'transaction']);
  });

  it('ends where a challenge is not answered, without a count', async () => {
    isChallenged = true;

    expect(await refusal()).toBeInstanceOf(ChallengeRequiredException);
    expect(log).toEqual([challenged()]);
  });

  it.each<[string, Partial<PasswordSignIn>, () => Promise<unknown>]>([
    ['wrong_password', { password: 'wrong' }, async () => undefined],
    ['unknown_user', { email: 'nobody@example.com' }, async () => undefined],
    ['no_password', { email: 'eve@example.com' }, () => given('eve@example.com', null)],
    ['disabled', {}, () => users.setDisabled(String(ada.id), AT)],
    ['locked', {}, () => users.setLocked(String(ada.id), AT)],
  ])('answers every reason alike and writes down which it was: %s', async (reason, changes, prepare) => {
    await prepare();
    const refused = await refusal(changes);

    expect(refused).toBeInstanceOf(InvalidCredentialsException);
    expect(log.slice(2)).toEqual([['verify', expect.any(String), expect.toBeOneOf([null, 'hash of right'])], 'fail']);
    const whose = await users.findByEmail(changes.email ?? 'ada@example.com');
    expect(happened).toMatchObject([
      {
        type: 'signIn.failed',
        at: NOW,
        userId: whose === null ? null : String(whose.id),
        ip: CLIENT.ip,
        data: { method: 'password', reason },
      },
    ]);
    expect(happened).toHaveLength(1);
  });

  describe('at the hard stop', () => {
    beforeEach(() => {
      reachedHardStop = true;
    });

    it('locks the account, and offers its owner a way out', async () => {
      expect(await refusal({ password: 'wrong' })).toBeInstanceOf(InvalidCredentialsException);

      expect(happened.map(({ type }) => type)).toEqual(['signIn.failed', 'user.locked']);
      expect(happened[1]).toMatchObject({ at: NOW, userId: String(ada.id), ip: CLIENT.ip, data: { reason: 'hard_stop' } });
      expect(log.at(-1)).toEqual(['notice', 'ada@example.com', CLIENT]);
    });

    it('does the same for an address without an account, of which there is nothing to lock', async () => {
      expect(await refusal({ email: 'nobody@example.com' })).toBeInstanceOf(InvalidCredentialsException);

      expect(happened.map(({ type }) => type)).toEqual(['signIn.failed']);
      expect(log.at(-1)).toEqual(['notice', 'nobody@example.com', CLIENT]);
    });
  });

  it.each<[string, () => void]>([
    ['the password could not be looked at', () => (verify = () => Promise.reject(new OverloadedException()))],
    ['a policy refused', () => (outcome = new StoreUnavailableException())],
  ])('counts nothing when %s', async (_, prepare) => {
    prepare();

    expect(await refusal()).toBeInstanceOf(Error);
    expect(log.at(-1)).toBe('release');
    expect(log).not.toContain('fail');
    expect(log).not.toContain('succeed');
    expect(happened).toEqual([]);
  });

  it('forgets no failure while something else is wanted first', async () => {
    outcome = { status: 'interrupted', answer: { next: 'otp' } };

    expect(await signIn()).toEqual({ status: 'interrupted', answer: { next: 'otp' } });
    expect(log.at(-1)).toBe('release');
    expect(log).not.toContain('succeed');
  });

  describe('of a sign-up that waits for its proof', () => {
    beforeEach(() => {
      pending.register({
        passwordOf: async (email: string) => (email === 'new@example.com' ? 'hash of right' : null),
        refuse: async (...args: unknown[]) => {
          log.push(['refuse', ...args]);
          throw new EmailUnconfirmedException();
        },
      } as never);
    });

    it('is told to who knows its password, and counts nothing', async () => {
      expect(await refusal({ email: 'new@example.com' })).toBeInstanceOf(EmailUnconfirmedException);
      expect(log.slice(-2)).toEqual([['refuse', 'new@example.com', CLIENT], 'release']);
      expect(happened).toEqual([]);
    });

    it('looks like nothing to anybody else', async () => {
      expect(await refusal({ email: 'new@example.com', password: 'wrong' })).toBeInstanceOf(InvalidCredentialsException);
      expect(happened).toMatchObject([{ userId: null, data: { reason: 'unknown_user' } }]);
      expect(log.at(-1)).toBe('fail');
    });

    it('has no say in an account that exists', async () => {
      expect(await signIn()).toMatchObject({ status: 'signed_in' });
      expect(log).toContainEqual(looked);
    });
  });

  describe('with a hash that has become weak', () => {
    beforeEach(() => {
      isWeak = (hash) => hash === 'hash of right';
    });

    it('leaves a strong one behind', async () => {
      await signIn();
      expect(await hashOf('ada@example.com')).toBe('strong hash of right');

      await signIn();
      expect(await hashOf('ada@example.com')).toBe('strong hash of right');
    });

    it('works all the same when the strong one cannot be kept, and the log says so', async () => {
      users.upgradePasswordHash = () => Promise.reject(new StoreUnavailableException());
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
      try {
        expect(await signIn()).toMatchObject({ status: 'signed_in' });
        expect(warn).toHaveBeenCalledOnce();
      } finally {
        warn.mockRestore();
      }
      expect(log.at(-1)).toBe('succeed');
      expect(await hashOf('ada@example.com')).toBe('hash of right');
    });

    it('leaves it alone for a wrong password', async () => {
      await refusal({ password: 'wrong' });
      expect(await hashOf('ada@example.com')).toBe('hash of right');
    });
  });
});
