import { randomBytes } from 'node:crypto';
import { IsOptional, IsString, Length } from 'class-validator';
import { AccountsService, AuditLog, UserRepository } from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';

describe('signing up', () => {
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp();
  });
  afterEach(() => app.close());

  it('makes the account and opens a session', async () => {
    const { body } = await app.signUp('Ada@Example.com', PASSWORD, { name: 'Ada Lovelace' }).expect(201);

    expect(body).toEqual({
      user: {
        id: expect.anything(),
        email: 'ada@example.com',
        emailConfirmed: false,
        name: 'Ada Lovelace',
        roles: [],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    expect((await app.me(body.accessToken).expect(200)).body.user).toEqual(body.user);
  });

  it.each([
    ['case', 'ada@example.com', 'ADA@Example.COM'],
    ['space around it', 'ada@example.com', ' \tada@example.com\n'],
    ['composed and decomposed letters', 'josé@example.com', 'JOSE\u0301@example.com'],
    ['the two spellings of an international domain', 'ada@münchen.example', 'ada@XN--MNCHEN-3YA.example'],
    ['an ideographic full stop', 'ada@example.com', 'ada@example。com'],
    ['full-width letters in the domain', 'ada@example.com', 'ada@ｅxample.com'],
  ])('takes two spellings for one address: %s', async (_, first, second) => {
    await app.signUp(first).expect(201);
    const { body } = await app.signUp(second, 'another good password').expect(409);

    expect(body).toMatchObject({ statusCode: 409, error: 'Conflict', errorCode: 'auth.email_taken' });
    await app.signIn(second).expect(200);
  });

  it('keeps apart what only a careless database takes for one address', async () => {
    await app.signUp('josé@example.com').expect(201);
    await app.signUp('jose@example.com', 'another good password').expect(201);

    expect((await app.signIn('jose@example.com', 'another good password').expect(200)).body.user.email).toBe('jose@example.com');
    await app.signIn('josé@example.com', 'another good password').expect(401);
  });

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'a＠b.com',
    'Ａda@example.com',
    'ﬁ@example.com',
    'İpek@example.com',
    'straße@example.com',
    'ada@example.com.',
    'ada@-example.com',
    'ada@example..com',
    'ada@127.0.0.1',
    '"a b"@example.com',
    'a b@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com,eve@example.com',
    'Ada <ada@example.com>',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'a.'.repeat(130)}com`,
  ])('refuses what mail can not be sent to, or has a twin: %j', async (email) => {
    const { body } = await app.signUp(email).expect(400);

    expect(body).toMatchObject({ errorCode: 'auth.validation_failed', details: [{ field: 'email' }] });
  });

  it.each([
    ['seven characters', 'sevench', 400, 'auth.password_too_short'],
    ['seven characters of two code units', '😀'.repeat(7), 400, 'auth.password_too_short'],
    ['eight characters', 'eightchr', 201, undefined],
    ['eight characters of two code units', '😀🐴🔋📎🌍🚲🍋🎺', 201, undefined],
    ['128 characters', randomBytes(64).toString('hex'), 201, undefined],
    ['128 characters of four bytes', String.fromCodePoint(...Array.from({ length: 128 }, (_, i) => 0x1f300 + i)), 201, undefined],
    ['129 characters', 'a'.repeat(129), 400, 'auth.password_too_long'],
    ['more than a kilobyte', 'a'.repeat(1025), 400, 'auth.password_too_long'],
    ['few characters that NFKC makes many', '\uFDFA'.repeat(60), 400, 'auth.password_too_long'],
    ['other letters and spaces', 'пароль из слов', 201, undefined],
    ['small letters only', 'onlysmallletters', 201, undefined],
  ])('counts a password in characters and asks for nothing else: %s', async (_, password, status, errorCode) => {
    const { body } = await app.signUp('ada@example.com', password).expect(status);

    expect(body.errorCode).toBe(errorCode);
    if (errorCode !== undefined) {
      expect(body.details).toEqual([{ field: 'password', code: errorCode.slice('auth.'.length), message: expect.any(String) }]);
    }
  });

  it('answers faults of address, password and profile before it says that the address is taken', async () => {
    await app.givenUser('ada@example.com');

    expect((await app.signUp('ada@example.com', 'short').expect(400)).body.errorCode).toBe('auth.password_too_short');
    const { body } = await app.signUp('ada@example.com', PASSWORD, { name: 7 }).expect(400);
    expect(body.details).toEqual(expect.arrayContaining([expect.objectContaining({ field: 'name', code: 'is_string' })]));
  });

  it('knows no fields but its own, and names the one that was meant', async () => {
    const { body } = await app.signUp('ada@example.com', PASSWORD, { nane: 'Ada', roles: ['admin'], emailConfirmed: true });

    expect(body).toMatchObject({ statusCode: 400, error: 'Bad Request', errorCode: 'auth.validation_failed' });
    expect(body.details).toEqual([
      { field: 'nane', code: 'unknown_field', message: 'Unknown field; did you mean name?' },
      expect.objectContaining({ field: 'roles', code: 'unknown_field' }),
      expect.objectContaining({ field: 'emailConfirmed', code: 'unknown_field' }),
    ]);
    expect(await app.get(UserRepository).findByEmail('ada@example.com')).toBeNull();
  });

  it('makes one account of twenty sign-ups at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.signUp('ada@example.com')));

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(new Set(statuses.slice(1))).toEqual(new Set([409]));
    expect(await app.get(AuditLog).find({ event: 'user.signedUp', limit: 50 })).toHaveLength(1);
  });
});

describe('signing up, as the host wants it', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  it('does not exist where sign-up is closed, and accounts come from the service', async () => {
    app = await startAuthApp({ signUp: 'closed' });
    const { body } = await app.signUp('ada@example.com').expect(404);
    expect(body).toMatchObject({ statusCode: 404, error: 'Not Found', errorCode: 'auth.not_found' });

    await app.get(AccountsService).create({ email: ' Ada@example.com ', password: PASSWORD });
    await app.signIn('ada@example.com').expect(200);
  });

  it('refuses through the service what it refuses over HTTP', async () => {
    app = await startAuthApp();
    const accounts = app.get(AccountsService);

    await expect(accounts.create({ email: 'ada@example.com', password: 'short' })).rejects.toThrow('At least 8 characters');
    await expect(accounts.create({ email: 'no address', password: PASSWORD })).rejects.toThrow('not valid');
    await accounts.create({ email: 'ada@example.com', password: PASSWORD });
    await expect(accounts.create({ email: 'ADA@example.com', password: PASSWORD })).rejects.toThrow('already has an account');
  });

  it('takes the fields of the host’s profile, and checks them by its rules', async () => {
    class Profile {
      @IsString()
      @Length(2, 20)
      name: string;

      @IsOptional()
      @IsString()
      nickname?: string;
    }
    app = await startAuthApp({ database: 'memory', profile: Profile });

    const missing = await app.signUp('ada@example.com').expect(400);
    expect(missing.body.details.map(({ field }: { field: string }) => field)).toContain('name');
    const { body } = await app.signUp('ada@example.com', PASSWORD, { name: 'Ada', nickname: 'Countess' }).expect(201);
    expect(body.user).not.toHaveProperty('nickname');
    expect(await app.get(UserRepository).findByEmail('ada@example.com')).toMatchObject({ name: 'Ada', nickname: 'Countess' });
  });

  it('asks for fifteen characters under `nist`', async () => {
    app = await startAuthApp({ passwords: { nist: true } });

    await app.signUp('ada@example.com', 'entrance-viole').expect(400);
    await app.signUp('ada@example.com', 'entrance-violet').expect(201);
  });
});
