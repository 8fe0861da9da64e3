import { ConflictException, Injectable } from '@nestjs/common';
import {
  AccountsService,
  AuditLog,
  MfaRequiredException,
  type PasswordContext,
  type PasswordFault,
  type PasswordRule,
  type SignInAttempt,
  type SignInPolicy,
  type SignUpPolicy,
  type SignUpRequest,
  UsePasswordPolicy,
  UserRepository,
  UseSignInPolicy,
  UseSignUpPolicy,
} from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, LANE, PASSWORD, type Session, startAuthApp } from './auth-app.js';

let asked: string[] = [];

@Injectable()
@UseSignInPolicy({ order: 20 })
class Second implements SignInPolicy {
  act: (attempt: SignInAttempt) => ReturnType<SignInPolicy['beforeSession']> = () => undefined;

  beforeSession(attempt: SignInAttempt) {
    asked.push(`second ${attempt.method}`);
    return this.act(attempt);
  }
}

@Injectable()
@UseSignInPolicy({ order: 10 })
class First implements SignInPolicy {
  async beforeSession({ method }: SignInAttempt): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    asked.push(`first ${method}`);
  }
}

@Injectable()
@UseSignUpPolicy()
class Registrar implements SignUpPolicy {
  before: (request: SignUpRequest) => void = () => undefined;
  after: (request: SignUpRequest) => void = () => undefined;

  async beforeSignUp(request: SignUpRequest): Promise<void> {
    this.before(request);
  }

  async afterSignUp(request: SignUpRequest): Promise<void> {
    this.after(request);
  }
}

@Injectable()
@UsePasswordPolicy()
class NoNames implements PasswordRule {
  check(password: string, { name, email }: PasswordContext): PasswordFault[] {
    const known = [name, email?.split('@')[0]].filter((one): one is string => typeof one === 'string' && one !== '');
    return known
      .filter((one) => password.toLowerCase().includes(one.toLowerCase()))
      .map((one) => ({ code: 'password_blocked' as const, message: `Contains ${one}` }));
  }
}

describe('policies of the host', () => {
  let app: AuthApp;
  let ada: Session;
  beforeEach(async () => {
    app = await startAuthApp({ providers: [Second, First, Registrar, NoNames], logger: false });
    ada = await app.givenUser('ada@example.com');
    asked = [];
  });
  afterEach(() => app.close());

  const audited = async (event: string) => app.get(AuditLog).find({ event, limit: 10 });
  const sessions = async () =>
    (await app.http().get('/auth/sessions').set('Authorization', `Bearer ${ada.accessToken}`)).body.sessions.length as number;

  it('are asked in their order, on every way in', async () => {
    await app.signIn('ada@example.com').expect(200);
    await app.signUp('bob@example.com').expect(201);
    await app.refresh(ada.refreshToken).expect(200);

    expect(asked).toEqual([
      'first password',
      'second password',
      'first sign_up',
      'second sign_up',
      'first refresh',
      'second refresh',
    ]);
  });

  it('are not asked about who has not proved anything', async () => {
    await app.signIn('ada@example.com', 'a guess').expect(401);
    await app.refresh(`${ada.refreshToken.slice(0, -3)}AAA`).expect(401);

    expect(asked).toEqual([]);
  });

  it('are told who, how and from where, and given the transaction', async () => {
    let seen: SignInAttempt | undefined;
    app.get(Second).act = (attempt) => void (seen = attempt);
    await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }).set('User-Agent', 'a browser').expect(200);

    expect(seen).toMatchObject({
      user: { email: 'ada@example.com' },
      method: 'password',
      amr: ['pwd'],
      delivery: 'cookie',
      client: { ip: '127.0.0.1', userAgent: 'a browser' },
    });
    expect(seen!.user).not.toHaveProperty('passwordHash', expect.any(String));
    if (LANE.database !== 'memory') expect(seen!.transaction).toMatchObject({ query: expect.any(Function) });
  });

  it('refuse in their own words, and leave nothing behind but a note', async () => {
    app.get(Second).act = () => {
      throw new MfaRequiredException();
    };
    expect((await app.signIn('ada@example.com').expect(403)).body.errorCode).toBe('auth.mfa_required');

    expect(await sessions()).toBe(1);
    expect(await audited('signIn.succeeded')).toHaveLength(1);
    expect(await audited('signIn.vetoed')).toEqual([
      expect.objectContaining({ userId: String(ada.user.id), data: { method: 'password', errorCode: 'auth.mfa_required' } }),
    ]);
    // A veto is no wrong password.
    for (let time = 0; time < 6; time++) await app.signIn('ada@example.com').expect(403);
  });

  it('that break let nobody in, and say nothing of why', async () => {
    app.get(Second).act = () => {
      throw new TypeError('the policy’s own secret');
    };
    const { body } = await app.signIn('ada@example.com').expect(403);

    expect(body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: 'Signing in was refused',
      errorCode: 'auth.sign_in_vetoed',
    });
    expect(await sessions()).toBe(1);
  });

  it('stop a refresh as well, and the session with its tokens stays as it was', async () => {
    app.get(Second).act = ({ method }) => {
      if (method === 'refresh') throw new MfaRequiredException();
    };
    await app.refresh(ada.refreshToken).expect(403);
    await app.me(ada.accessToken).expect(200);
    expect(await audited('signIn.vetoed')).toEqual([
      expect.objectContaining({ data: expect.objectContaining({ method: 'refresh' }) }),
    ]);

    app.get(Second).act = () => undefined;
    await app.refresh(ada.refreshToken).expect(200);
  });

  it('can put something else in the place of a session', async () => {
    app.get(Second).act = () => ({ answer: { status: 'mfa_required', methods: ['totp'], challenge: 'c' } });
    const { body, headers } = await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }).expect(200);

    expect(body).toEqual({ status: 'mfa_required', methods: ['totp'], challenge: 'c' });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(await sessions()).toBe(1);
  });

  it('undo the sign-up with the session that they refuse', async () => {
    app.get(Second).act = () => {
      throw new MfaRequiredException();
    };
    await app.signUp('bob@example.com').expect(403);

    expect(await app.get(UserRepository).findByEmail('bob@example.com')).toBeNull();
    expect(await audited('user.signedUp')).toHaveLength(1);
    app.get(Second).act = () => undefined;
    await app.signUp('bob@example.com').expect(201);
  });

  it('of sign-up fill in what the client does not say', async () => {
    app.get(Registrar).before = ({ email, profile }) => {
      profile['name'] ??= email.split('@')[0];
    };
    expect((await app.signUp('bob@example.com').expect(201)).body.user.name).toBe('bob');
    expect((await app.signUp('eve@example.com', PASSWORD, { name: 'Eve' }).expect(201)).body.user.name).toBe('Eve');
  });

  it.each(['before', 'after'] as const)('of sign-up refuse %s the account is there, and undo all of it', async (when) => {
    app.get(Registrar)[when] = ({ email }) => {
      if (email.endsWith('@spam.example')) throw new ConflictException('No more of these');
    };
    const { body } = await app.signUp('bob@spam.example').expect(409);

    expect(body).toEqual({ statusCode: 409, error: 'Conflict', message: 'No more of these' });
    expect(await app.get(UserRepository).findByEmail('bob@spam.example')).toBeNull();
    expect([await audited('user.signedUp'), await audited('session.created')].map(({ length }) => length)).toEqual([1, 1]);
    await expect(app.get(AccountsService).create({ email: 'bob@spam.example', password: PASSWORD })).rejects.toThrow(
      'No more of these',
    );
    await app.signUp('bob@example.com').expect(201);
  });

  it('of passwords judge every path that sets one', async () => {
    const blocked = { errorCode: 'auth.password_blocked' };
    const { body } = await app.signUp('bob@example.com', 'call me bob always').expect(400);
    expect(body).toMatchObject({ ...blocked, details: [{ field: 'password', code: 'password_blocked', message: 'Contains bob' }] });
    expect((await app.signUp('bob@example.com', 'i am ROBERT', { name: 'Robert' }).expect(400)).body).toMatchObject(blocked);
    const change = { currentPassword: PASSWORD, newPassword: 'ada and her engine' };
    const answer = await app.http().post('/auth/password/change').set('Authorization', `Bearer ${ada.accessToken}`).send(change);
    expect([answer.status, answer.body.errorCode, answer.body.details[0].field]).toEqual([
      400,
      'auth.password_blocked',
      'newPassword',
    ]);
    await expect(app.get(AccountsService).create({ email: 'eve@example.com', password: 'eve was here' })).rejects.toThrow(
      'Contains eve',
    );
  });

  it('of passwords say everything that is wrong at once, the length first', async () => {
    const { body } = await app.signUp('bob@example.com', 'bob').expect(400);

    expect(body.errorCode).toBe('auth.password_too_short');
    const codes = body.details.map(({ code }: { code: string }) => code);
    expect([codes[0], codes.at(-1)]).toEqual(['password_too_short', 'password_blocked']);
  });
});
