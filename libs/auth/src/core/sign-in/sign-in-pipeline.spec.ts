import { BadRequestException, HttpException } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenAccessException, InvalidCredentialsException, SignInVetoedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import { SignInSucceededEvent } from '../events/auth.events.js';
import type { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import type { Policies, SignInAttempt, SignInPolicy } from '../events/policies.js';
import type { UnitOfWork } from '../ports/unit-of-work.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { KnownDevices } from '../sessions/known-devices.js';
import type { OpenSession, SessionsService } from '../sessions/sessions.service.js';
import { type ProvenUser, SignInPipeline } from './sign-in-pipeline.js';

const NOW = 1_800_000_000_000;
const AT = new Date(NOW);
const ADA = { id: 7, email: 'ada@example.com', disabledAt: null, lockedAt: null } as AuthUser;
const CLIENT: ClientInfo = { ...NO_CLIENT, ip: '203.0.113.7', device: 'known' };
const PROVEN: ProvenUser = { user: ADA, method: 'password', amr: ['pwd'], delivery: 'cookie', remember: true, client: CLIENT };

describe('the way to a session', () => {
  let policies: SignInPolicy[];
  let opened: OpenSession[];
  let happened: AuthEvent[];
  let remembered: AuthUser[];
  /** What became of units of work. */
  let units: string[];
  let pipeline: SignInPipeline;

  beforeEach(() => {
    [policies, opened, happened, remembered, units] = [[], [], [], [], []];
    const sessions = {
      open: async (session: OpenSession, also: (id: string) => AuthEvent[]) => {
        opened.push(session);
        happened.push(...also('s1'));
        return { session: { id: 's1' }, credentials: { delivery: session.delivery, value: 'cookie' } };
      },
    } as unknown as SessionsService;
    const devices = {
      recognise: async (cookie: unknown, email: string) => (cookie === 'known' && email === ADA.email ? 'd1' : null),
      remember: async (user: AuthUser) => {
        remembered.push(user);
        return 'a new device';
      },
    } as unknown as KnownDevices;
    const work = {
      run: async (act: (transaction: unknown) => Promise<unknown>) => {
        try {
          const result = await act('transaction');
          units.push('committed');
          return result;
        } catch (error) {
          units.push('rolled back');
          throw error;
        }
      },
    } as UnitOfWork;
    const events = {
      record: async (...events: AuthEvent[]) => {
        units.push('recorded');
        happened.push(...events);
      },
    } as unknown as AuthEvents;
    const all = { signIn: policies } as unknown as Policies;
    pipeline = new SignInPipeline(all, sessions, devices, work, events, { now: () => NOW });
  });

  const complete = (changes: Partial<ProvenUser> = {}, also: AuthEvent[] = []) =>
    pipeline.unit((transaction) => pipeline.complete({ ...PROVEN, ...changes }, transaction, also));
  const rejection = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );

  it('opens a session as it was asked for, and tells of it behind the events of the way in', async () => {
    const first = new SignInSucceededEvent(1, {}, { method: 'invitation' });
    const outcome = await complete({}, [first]);

    expect(outcome).toMatchObject({ status: 'signed_in', issued: { session: { id: 's1' } } });
    expect(opened).toEqual([{ user: ADA, delivery: 'cookie', remember: true, amr: ['pwd'], client: CLIENT }]);
    expect(happened[0]).toBe(first);
    expect(happened[1]).toMatchObject({
      type: 'signIn.succeeded',
      at: NOW,
      userId: '7',
      sessionId: 's1',
      data: { method: 'password' },
    });
  });

  it.each([{ disabledAt: AT }, { lockedAt: AT }])('is closed to who is not active, and asks no policy: %j', async (state) => {
    policies.push({ beforeSession: () => Promise.reject(new Error('asked')) });

    expect(await rejection(complete({ user: { ...ADA, ...state } }))).toBeInstanceOf(InvalidCredentialsException);
    expect(opened).toEqual([]);
    expect(happened).toEqual([]);
  });

  it('tells of nothing else where the way in has no events of its own', async () => {
    await pipeline.unit((transaction) => pipeline.complete(PROVEN, transaction));

    expect(happened.map(({ type }) => type)).toEqual(['signIn.succeeded']);
  });

  it('asks the policies one after the other, with everything that they may need', async () => {
    const asked: [number, SignInAttempt][] = [];
    const policy = (number: number): SignInPolicy => ({ beforeSession: (attempt) => void asked.push([number, attempt]) });
    policies.push(policy(1), policy(2));
    await complete();

    const attempt = { user: ADA, method: 'password', amr: ['pwd'], delivery: 'cookie', client: CLIENT, transaction: 'transaction' };
    expect(asked).toEqual([
      [1, attempt],
      [2, attempt],
    ]);
  });

  it('stops at the first policy that wants something else, and opens nothing', async () => {
    policies.push(
      { beforeSession: () => ({ answer: { next: 'otp' } }) },
      { beforeSession: () => Promise.reject(new Error('asked')) },
    );

    expect(await complete()).toEqual({ status: 'interrupted', answer: { next: 'otp' } });
    expect(opened).toEqual([]);
    expect(units).toEqual(['committed']);
  });

  it.each<[string, Error, new (...args: never[]) => Error, string]>([
    ['an exception of ours', new ForbiddenAccessException(), ForbiddenAccessException, 'auth.forbidden'],
    ['an exception of Nest', new BadRequestException(), BadRequestException, 'http.400'],
    ['any HTTP exception', new HttpException('gone', 410), HttpException, 'http.410'],
    ['something that broke', new TypeError('undefined is no function'), SignInVetoedException, 'auth.sign_in_vetoed'],
  ])('refuses with what a policy refused with, and writes it down once all is undone: %s', async (_, thrown, answer, errorCode) => {
    policies.push({ beforeSession: () => Promise.reject(thrown) });
    const refused = await rejection(complete());

    expect(refused).toBeInstanceOf(answer);
    if (thrown instanceof HttpException) expect(refused).toBe(thrown);
    expect(opened).toEqual([]);
    expect(units).toEqual(['rolled back', 'recorded']);
    expect(happened).toMatchObject([
      { type: 'signIn.vetoed', at: NOW, userId: '7', ip: CLIENT.ip, data: { method: 'password', errorCode } },
    ]);
  });

  it('writes nothing of what is no veto', async () => {
    const broken = new Error('the database is away');

    expect(await rejection(pipeline.unit(() => Promise.reject(broken)))).toBe(broken);
    expect(happened).toEqual([]);
  });

  it('lets a session go on that no policy minds', async () => {
    policies.push({ beforeSession: () => undefined });
    await pipeline.assertMayContinue({ ...PROVEN, method: 'refresh', transaction: null });
  });

  it('refuses to go on where a policy wants something first, since there is nobody to ask', async () => {
    policies.push({ beforeSession: () => ({ answer: {} }) });
    const going = pipeline.writingVetoes(() => pipeline.assertMayContinue({ ...PROVEN, method: 'refresh', transaction: null }));

    expect(await rejection(going)).toBeInstanceOf(SignInVetoedException);
    expect(happened).toMatchObject([{ type: 'signIn.vetoed', data: { method: 'refresh', errorCode: 'auth.sign_in_vetoed' } }]);
  });

  describe('makes a device known', () => {
    const deviceOf = async (changes: Partial<ProvenUser>) => {
      const outcome = await complete(changes);
      return (outcome as { issued: { credentials: { device?: string } } }).issued.credentials.device;
    };

    it('that was not, and gives its cookie beside that of the session', async () => {
      expect(await deviceOf({ client: { ...CLIENT, device: 'other' } })).toBe('a new device');
      expect(await deviceOf({ isKnownDevice: false })).toBe('a new device');
      expect(remembered).toEqual([ADA, ADA]);
    });

    it('not once more', async () => {
      expect(await deviceOf({})).toBeUndefined();
      expect(await deviceOf({ isKnownDevice: true, client: { ...CLIENT, device: 'other' } })).toBeUndefined();
      expect(remembered).toEqual([]);
    });

    it('never where tokens are used', async () => {
      expect(await deviceOf({ delivery: 'bearer', isKnownDevice: false })).toBeUndefined();
      expect(remembered).toEqual([]);
    });
  });
});
