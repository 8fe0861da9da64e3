import { beforeEach, describe, expect, it } from 'vitest';
import { OverloadedException, PasswordIncorrectException, SessionRevokedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { AttemptLedger } from '../passwords/attempt-ledger.js';
import type { PasswordsService } from '../passwords/passwords.service.js';
import type { AuthUser, UserRepository, UserWithPassword } from '../ports/user.repository.js';
import type { HardStopNotice } from './hard-stop.notice.js';
import { PasswordProof } from './password-proof.js';

const NOW = 1_800_000_000_000;
const SESSION = { id: 's1', userId: '7' };
const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const USER = { id: 7, email: 'ada@example.com' } as AuthUser;

describe('asking for the password again', () => {
  let found: UserWithPassword | null;
  let reachedHardStop: boolean;
  let verify: (password: string, hash: string | null) => Promise<boolean>;
  /** Everything that was asked for, in its order. */
  let log: unknown[];
  let happened: AuthEvent[];
  let proof: PasswordProof;

  beforeEach(() => {
    found = { user: USER, passwordHash: 'hash of right', roles: [] };
    reachedHardStop = false;
    verify = async (password, hash) => hash === `hash of ${password}`;
    log = [];
    happened = [];
    const users = { findByIdWithPassword: async (id: string) => (id === '7' ? found : null) } as unknown as UserRepository;
    const passwords = {
      normalise: (password: string) => password.trim(),
      verify: (password: string, hash: string | null) => {
        log.push('verify');
        return verify(password, hash);
      },
    } as unknown as PasswordsService;
    const ledger = {
      reserve: async (guess: object) => {
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
    const hardStop = { send: async (...args: unknown[]) => void log.push(['notice', ...args]) } as HardStopNotice;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    proof = new PasswordProof(users, passwords, ledger, hardStop, events, { now: () => NOW });
  });

  const reserved = ['reserve', { email: 'ada@example.com', sessionId: 's1' }];
  const refusal = (password = 'wrong', field?: string) =>
    proof.assert(SESSION, password, 'step_up', CLIENT, field).then(
      () => null,
      (error: unknown) => error,
    );

  it('gives the account to who knows it, counted before it was looked at', async () => {
    expect(await proof.assert(SESSION, ' right ', 'step_up', CLIENT)).toBe(found);
    expect(log).toEqual([reserved, 'verify', 'succeed']);
    expect(happened).toEqual([]);
  });

  it('counts a wrong one as a failure, and writes of it', async () => {
    const refused = await refusal();

    expect(refused).toBeInstanceOf(PasswordIncorrectException);
    expect(log).toEqual([reserved, 'verify', 'fail']);
    expect(happened).toMatchObject([
      { type: 'signIn.failed', at: NOW, userId: '7', ip: CLIENT.ip, data: { method: 'step_up', reason: 'wrong_password' } },
    ]);
    expect(happened).toHaveLength(1);
  });

  it('says so when the account has none, and looks all the same', async () => {
    found = { user: USER, passwordHash: null, roles: [] };

    expect(await refusal()).toBeInstanceOf(PasswordIncorrectException);
    expect(log).toContain('verify');
    expect(happened).toMatchObject([{ data: { reason: 'no_password' } }]);
  });

  it('names the field that was wrong', async () => {
    const field = async (name?: string) =>
      JSON.stringify(((await refusal('wrong', name)) as PasswordIncorrectException).getResponse());

    expect(await field()).toContain('"password"');
    expect(await field('currentPassword')).toContain('"currentPassword"');
  });

  it('locks the account at the hard stop, and offers its owner a way out', async () => {
    reachedHardStop = true;
    await refusal();

    expect(happened.map(({ type }) => type)).toEqual(['signIn.failed', 'user.locked']);
    expect(happened[1]).toMatchObject({ at: NOW, userId: '7', data: { reason: 'hard_stop' } });
    expect(log.at(-1)).toEqual(['notice', 'ada@example.com', CLIENT]);
  });

  it('counts nothing when the password could not be looked at', async () => {
    verify = () => Promise.reject(new OverloadedException());

    expect(await refusal()).toBeInstanceOf(OverloadedException);
    expect(log).toEqual([reserved, 'verify', 'release']);
    expect(happened).toEqual([]);
  });

  it('ends there when the account is gone, without a count', async () => {
    found = null;

    expect(await refusal()).toBeInstanceOf(SessionRevokedException);
    expect(log).toEqual([]);
  });
});
