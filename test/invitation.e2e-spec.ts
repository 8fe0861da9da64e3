import {
  AccountsService,
  AuditLog,
  AuthConfigurationError,
  Clock,
  MailTransport,
  RoleRepository,
  UserRepository,
} from 'nestjs-latchkey';
import { InvitationAcceptanceService, InvitationModule, InvitationsService } from 'nestjs-latchkey/invitation';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoMail } from '../libs/auth/src/core/mail/no-mail.js';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const INVALID = 'auth.one_time_token_invalid';
const GENEROUS = { perMinute: 50, perHour: 1000, perSource: 1000 };
const ROLES = RolesModule.forRoot({ roles: { admin: ['users.invite'], editor: [], member: [] }, defaultRole: 'member' });

interface Listed {
  invitations: { id: string; email: string; roles: string[]; createdAt: string; expiresAt: string }[];
}

describe('an invitation', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  let host: Session;
  beforeAll(async () => {
    app = await startAuthApp({
      rooms: [ROLES, InvitationModule.forRoot()],
      overrides: [{ provide: Clock, useValue: clock }],
      mailLimits: GENEROUS,
      tokens: { accessTtl: '1h' },
    });
    host = await givenInviter('host@example.com', { name: 'Grace Hopper' });
  });
  afterAll(() => app.close());

  async function givenInviter(email: string, more: object = {}, roles: string[] = []): Promise<Session> {
    const { body } = await app.signUp(email, PASSWORD, more).expect(201);
    const session = body as Session;
    for (const role of roles) await app.get(RolesService).grant(String(session.user.id), role);
    return session;
  }
  const as = ({ accessToken }: Session) => ({ Authorization: `Bearer ${accessToken}` });
  const invite = (body: object, inviter = host) => app.http().post('/auth/invitations').set(as(inviter)).send(body);
  const list = async (inviter = host): Promise<Listed['invitations']> =>
    ((await app.http().get('/auth/invitations').set(as(inviter)).expect(200)).body as Listed).invitations;
  const idOf = async (email: string, inviter = host): Promise<string> =>
    (await list(inviter)).find((one) => one.email === email)!.id;
  const accept = (token: unknown, more: object = {}) =>
    app
      .http()
      .post('/auth/invitations/accept')
      .send({ token, password: PASSWORD, ...more });
  const givenToken = async (email: string, more: object = {}, inviter = host): Promise<string> => {
    await invite({ email, ...more }, inviter).expect(202);
    return tokenFor(app, email);
  };

  it('becomes an account with a session, its address confirmed', async () => {
    const answer = await invite({ email: ' New@Example.com ' }).expect(202);
    expect(answer.body).toEqual({ status: 'sent' });
    const [mail] = await mailTo(app, 'new@example.com');
    expect(mail!.text).toContain('Grace Hopper invites you');
    expect(mail!.text).toContain('http://localhost:3000/auth/invitations/accept#');
    expect(mail!.text + mail!.html).not.toContain('host@example.com');

    const { body } = await accept(await tokenFor(app, 'new@example.com'), { name: 'Ada' }).expect(201);
    expect(body).toMatchObject({
      user: { email: 'new@example.com', emailConfirmed: true, name: 'Ada', roles: ['member'] },
      tokenType: 'Bearer',
    });
    await app.me((body as Session).accessToken).expect(200);
    await app.signIn('new@example.com', PASSWORD).expect(200);
    expect(await list()).toEqual([]);
  });

  it('needs a session, and a link leaves by mail only', async () => {
    await app.http().post('/auth/invitations').send({ email: 'x@example.com' }).expect(401);
    const { text } = await invite({ email: 'link@example.com' }).expect(202);
    const token = await tokenFor(app, 'link@example.com');
    const listed = JSON.stringify(await list());
    const rows = JSON.stringify(await app.get(AuditLog).find({ limit: 100 }));

    for (const seen of [text, listed, rows]) for (const part of token.split('.')) expect(seen).not.toContain(part);
  });

  it('is listed for its inviter alone, until it is revoked', async () => {
    await invite({ email: 'listed@example.com' }).expect(202);
    const token = await tokenFor(app, 'listed@example.com');
    const other = await givenInviter('other@example.com');
    const [one] = (await list()).filter(({ email }) => email === 'listed@example.com');
    expect(Object.keys(one!).toSorted()).toEqual(['createdAt', 'email', 'expiresAt', 'id', 'roles']);
    expect(Date.parse(one!.expiresAt) - Date.parse(one!.createdAt)).toBe(7 * 86_400_000);

    expect(await list(other)).toEqual([]);
    for (const path of [`/auth/invitations/${one!.id}`, '/auth/invitations/nonsense', `/auth/invitations/${'x'.repeat(90)}`]) {
      expect((await app.http().delete(path).set(as(other)).expect(404)).body).toMatchObject({ errorCode: 'auth.not_found' });
      await app.http().post(`${path}/resend`).set(as(other)).expect(404);
    }
    await app.http().delete(`/auth/invitations/${one!.id}`).set(as(host)).expect(204);
    await app.http().delete(`/auth/invitations/${one!.id}`).set(as(host)).expect(404);
    expect((await accept(token).expect(400)).body).toMatchObject({ errorCode: INVALID });
    expect(await list()).not.toContainEqual(one);
  });

  it('can be sent again, which ends the earlier link and begins its time anew', async () => {
    const first = await givenToken('again@example.com');
    clock.advance('10m');
    const before = (await list()).find(({ email }) => email === 'again@example.com')!;
    await app.http().post(`/auth/invitations/${before.id}/resend`).set(as(host)).expect(202, { status: 'sent' });
    const second = await tokenFor(app, 'again@example.com');
    const after = (await list()).find(({ email }) => email === 'again@example.com')!;

    expect(second).not.toBe(first);
    expect(after.id).toBe(before.id);
    expect(Date.parse(after.expiresAt)).toBe(Date.parse(before.expiresAt) + 10 * 60_000);
    await accept(first).expect(400);
    await accept(second).expect(201);
  });

  it('replaces the one that the same inviter had sent to the address', async () => {
    const first = await givenToken('replaced@example.com');
    const second = await givenToken('replaced@example.com');

    expect((await list()).filter(({ email }) => email === 'replaced@example.com')).toHaveLength(1);
    await accept(first).expect(400);
    await accept(second).expect(201);
  });

  it('works once and for a week', async () => {
    const used = await givenToken('used@example.com');
    await accept(used).expect(201);
    expect((await accept(used).expect(400)).body).toMatchObject({ errorCode: INVALID });

    const brief = await startAuthApp({
      rooms: [InvitationModule.forRoot()],
      overrides: [{ provide: Clock, useValue: new SettableClock(clock.now()) }],
    });
    try {
      const later = brief.get(Clock) as SettableClock;
      const inviter = await brief.givenUser('host@example.com');
      await brief.get(InvitationsService).invite(String(inviter.user.id), { email: 'late@example.com' });
      const token = await tokenFor(brief, 'late@example.com');
      later.advance('7d');
      await brief.http().post('/auth/invitations/accept').send({ token, password: PASSWORD }).expect(400);
      expect(await brief.get(InvitationsService).list(String(inviter.user.id))).toEqual([]);
    } finally {
      await brief.close();
    }
  });

  it('keeps its token when password or profile are refused', async () => {
    const token = await givenToken('weak@example.com');
    expect((await accept(token, { password: 'short' }).expect(400)).body).toMatchObject({ errorCode: 'auth.password_too_short' });
    expect((await accept(token, { name: 7 }).expect(400)).body).toMatchObject({ errorCode: 'auth.validation_failed' });
    expect((await accept(token, { email: 'mine@example.com' }).expect(400)).body).toMatchObject({
      errorCode: 'auth.validation_failed',
    });
    const { body } = await accept(token).expect(201);
    expect(body).toMatchObject({ user: { email: 'weak@example.com' } });
  });

  it('gives only roles that the inviter holds', async () => {
    for (const roles of [['admin'], ['nonsense'], ['editor', 'admin']]) {
      expect((await invite({ email: 'roles@example.com', roles }).expect(403)).body).toMatchObject({ errorCode: 'auth.forbidden' });
    }
    const boss = await givenInviter('boss@example.com', {}, ['admin', 'editor']);
    const { body } = await accept(await givenToken('roles@example.com', { roles: ['editor', 'editor'] }, boss)).expect(201);

    expect((body as Session).user.roles).toEqual(['editor', 'member']);
  });

  it('is worth nothing once the inviter has lost the role, the account or the right', async () => {
    const lost = await givenInviter('lost@example.com', {}, ['editor']);
    const token = await givenToken('late-role@example.com', { roles: ['editor'] }, lost);
    await app.get(RolesService).revoke(String(lost.user.id), 'editor');
    expect((await accept(token).expect(400)).body).toMatchObject({ errorCode: INVALID });
    expect(await app.get(UserRepository).findByEmail('late-role@example.com')).toBeNull();
    await app.get(RolesService).grant(String(lost.user.id), 'editor');
    await accept(token).expect(201);

    for (const act of ['disable', 'delete'] as const) {
      const inviter = await givenInviter(`${act}@example.com`);
      const dead = await givenToken(`of-${act}@example.com`, {}, inviter);
      await app.get(AccountsService)[act](String(inviter.user.id));
      expect((await accept(dead).expect(400)).body).toMatchObject({ errorCode: INVALID });
    }
  });

  it('of a taken address looks like any other and sends nothing', async () => {
    const taken = await givenInviter('taken@example.com');
    await app.get(UserRepository).confirmEmail(String(taken.user.id), 1, new Date(clock.now()));
    const free = await invite({ email: 'free@example.com' }).expect(202);
    const other = await invite({ email: 'taken@example.com' }).expect(202);

    expect(other.text).toBe(free.text);
    expect(await mailTo(app, 'taken@example.com')).toEqual([]);
    expect(await mailTo(app, 'free@example.com')).toHaveLength(1);
    const listed = (await list()).filter(({ email }) => /^(taken|free)@/.test(email));
    expect(new Set(listed.map((one) => Object.keys(one).join()))).toHaveProperty('size', 1);
    expect(listed).toHaveLength(2);
  });

  it('of an address that got an owner meanwhile is a conflict, told to that owner', async () => {
    const token = await givenToken('meanwhile@example.com');
    const { user } = await app.givenUser('meanwhile@example.com');
    await app.get(UserRepository).confirmEmail(String(user.id), 1, new Date(clock.now()));

    expect((await accept(token).expect(409)).body).toMatchObject({ errorCode: 'auth.email_taken' });
  });

  it('proves the address: what a stranger set up under it is gone', async () => {
    const stranger = (await app.signUp('victim@example.com', 'password of the stranger', { name: 'Mallory' }).expect(201))
      .body as Session;
    const { body } = await accept(await givenToken('victim@example.com'), { name: 'Victor' }).expect(201);

    expect(body).toMatchObject({ user: { id: stranger.user.id, name: 'Victor', emailConfirmed: true } });
    await app.me(stranger.accessToken).expect(401);
    await app.refresh(stranger.refreshToken).expect(401);
    await app.signIn('victim@example.com', 'password of the stranger').expect(401);
    await app.signIn('victim@example.com', PASSWORD).expect(200);
  });

  it('names its inviter harmlessly', async () => {
    const name = 'Win $100 http://evil.example me@evil.example www.evil.example\u202e <b>now</b>';
    const inviter = await givenInviter('names@example.com', { name });
    await invite({ email: 'named@example.com' }, inviter).expect(202);
    const [mail] = await mailTo(app, 'named@example.com');

    expect(mail!.text).not.toMatch(/http:\/\/evil|@evil|www\.evil\.example|\u202e/);
    expect(mail!.html).not.toContain('<b>now</b>');

    const nobody = await givenInviter('nameless@example.com');
    await invite({ email: 'unnamed@example.com' }, nobody).expect(202);
    expect((await mailTo(app, 'unnamed@example.com'))[0]!.text).toContain('Somebody invites you');
  });

  it.each<[string, unknown, string]>([
    ['missing', undefined, 'auth.validation_failed'],
    ['null', null, 'auth.validation_failed'],
    ['an object', {}, 'auth.validation_failed'],
    ['10 kB', 'a'.repeat(10_000), 'auth.validation_failed'],
    ['no token', 'nonsense', INVALID],
  ])('refuses a token that is %s', async (_, token, errorCode) => {
    expect((await accept(token).expect(400)).body).toMatchObject({ errorCode });
  });

  it.each([
    [{ email: ['a@example.com'] }],
    [{ email: 'a@example.com, b@example.com' }],
    [{ email: 'a@example.com\nBcc: b@example.com' }],
    [{ email: 'a@example.com', roles: 'admin' }],
    [{ email: 'a@example.com', roles: [1] }],
    [{ email: 'a@example.com', roles: null }],
    [{ email: 'a@example.com', role: 'admin' }],
    [{}],
  ])('is not written for %j', async (body) => {
    expect((await invite(body).expect(400)).body).toMatchObject({ errorCode: 'auth.validation_failed' });
  });

  it('leaves a trail: sent, accepted, revoked', async () => {
    const inviter = await givenInviter('trail@example.com', {}, ['editor']);
    const token = await givenToken('trailed@example.com', { roles: ['editor'] }, inviter);
    const { body } = await accept(token).expect(201);
    await invite({ email: 'untrailed@example.com' }, inviter).expect(202);
    const id = await idOf('untrailed@example.com', inviter);
    await app.http().delete(`/auth/invitations/${id}`).set(as(inviter)).expect(204);

    const audit = app.get(AuditLog);
    const events = async ({ user }: Session) =>
      (await audit.find({ userId: String(user.id), limit: 50 })).map(({ event }) => event);
    expect(await events(inviter)).toEqual(expect.arrayContaining(['invitation.sent', 'invitation.revoked']));
    expect(await events(body as Session)).toEqual(
      expect.arrayContaining(['user.signedUp', 'role.granted', 'invitation.accepted', 'signIn.succeeded']),
    );
    expect(JSON.stringify(await audit.find({ event: 'invitation.sent', limit: 50 }))).not.toContain('trailed@example.com');
  });

  it('has a page with a form, which following the link does not submit', async () => {
    const token = await givenToken('page@example.com');
    for (let visit = 0; visit < 10; visit++) {
      await app.http().head('/auth/invitations/accept').expect(200);
      const { text } = await app.http().get('/auth/invitations/accept').expect(200);
      expect(text).toContain('name="password"');
      expect(text).toContain('name="name"');
    }
    await accept(token).expect(201);
  });
});

describe('an application that is closed', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({
      signUp: 'closed',
      async: true,
      rooms: [
        ROLES,
        InvitationModule.forRootAsync({ useFactory: async () => ({ permission: 'users.invite', page: '/join', tokenTtl: '1d' }) }),
      ],
    });
  });
  afterAll(() => app.close());

  it('is entered by invitation, from who may invite', async () => {
    const accounts = app.get(AccountsService);
    const admin = await accounts.create({ email: 'admin@example.com', password: PASSWORD });
    await app.get(RoleRepository).grant(String(admin.id), 'admin');
    const member = await accounts.create({ email: 'member@example.com', password: PASSWORD });
    const invitations = app.get(InvitationsService);
    await app.signUp('stranger@example.com').expect(404);

    await expect(invitations.invite(String(member.id), { email: 'friend@example.com' })).rejects.toMatchObject({
      errorCode: 'auth.forbidden',
    });
    await invitations.invite(String(admin.id), { email: 'friend@example.com', roles: ['admin'] });
    const [mail] = await mailTo(app, 'friend@example.com');
    expect(mail!.text).toContain('http://localhost:3000/join#');
    await app.http().get('/auth/invitations/accept').expect(404);

    const token = await tokenFor(app, 'friend@example.com');
    const result = await app.get(InvitationAcceptanceService).accept({ token, password: PASSWORD, delivery: 'bearer' });
    expect(result).toMatchObject({ status: 'signed_in', user: { email: 'friend@example.com' } });
    const { body } = await app.signIn('friend@example.com').expect(200);
    expect((body as Session).user.roles).toEqual(['admin', 'member']);
  });
});

describe('the module of invitations', () => {
  it('limits the mail that one inviter causes, and says nothing of it', async () => {
    const app = await startAuthApp({ rooms: [InvitationModule.forRoot()], mailLimits: { perSource: 3 } });
    try {
      const { user } = await app.givenUser('host@example.com');
      const invitations = app.get(InvitationsService);
      for (let guest = 0; guest < 6; guest++) await invitations.invite(String(user.id), { email: `guest${guest}@example.com` });
      const { sent } = await app.deliverMail();

      expect(sent.filter(({ to }) => to.startsWith('guest'))).toHaveLength(3);
      expect(await invitations.list(String(user.id))).toHaveLength(3);
    } finally {
      await app.close();
    }
  });

  it('refuses to start where no mail can be sent', async () => {
    const start = startAuthApp({
      rooms: [InvitationModule.forRoot()],
      overrides: [{ provide: MailTransport, useValue: new NoMail() }],
      logger: false,
    });

    await expect(start).rejects.toThrow(AuthConfigurationError);
    await expect(start).rejects.toThrow(/InvitationModule sends mail/);
  });
});
