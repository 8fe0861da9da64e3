import { AccountsService, AuditLog, AuthConfigurationError, Clock, SessionsService, UserRepository } from 'nestjs-latchkey';
import { EmailChangeModule, EmailChangeService } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, PRODUCTION, type Session, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const OLD = 'ada@example.com';
const NEW = 'countess@example.com';
const invalid = { errorCode: 'auth.one_time_token_invalid' };

let app: AuthApp;
let clock: SettableClock;
const bearer = ({ accessToken }: Session): [string, string] => ['Authorization', `Bearer ${accessToken}`];
const change = (session: Session, email: unknown) =>
  app
    .http()
    .post('/auth/email/change')
    .set(...bearer(session))
    .send({ email });
const cancel = (session: Session) =>
  app
    .http()
    .delete('/auth/email/change')
    .set(...bearer(session));
const confirm = (token: unknown) => app.http().post('/auth/email/confirm').send({ token });
const signedIn = async (email: string): Promise<Session> => (await app.signIn(email).expect(200)).body as Session;

describe('a change of address', () => {
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({
      mailLimits: false,
      rooms: [EmailChangeModule.forRoot()],
      overrides: [{ provide: Clock, useValue: clock }],
    });
    ada = await app.givenUser(OLD);
  });
  afterEach(() => app.close());

  it('keeps the old address, which is told, until the new one confirms', async () => {
    expect((await change(ada, ` ${NEW.toUpperCase()} `).expect(202)).body).toEqual({ status: 'sent' });
    const token = await tokenFor(app, NEW);
    expect((await mailTo(app, OLD)).map(({ subject }) => subject)).toEqual(['Your e-mail address is about to change']);
    expect((await mailTo(app, OLD))[0]!.text).not.toContain('#');
    await app.signIn(NEW).expect(401);
    await app.signIn(OLD).expect(200);

    await confirm(token).expect(204);
    expect((await confirm(token).expect(400)).body).toMatchObject(invalid);
    await app.signIn(OLD).expect(401);
    expect((await signedIn(NEW)).user).toMatchObject({ id: ada.user.id, email: NEW, emailConfirmed: true });
    expect((await mailTo(app, OLD)).map(({ subject }) => subject)).toContain('Your e-mail address was changed');
    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 50 });
    expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['user.emailChanged', 'session.revoked']));
    expect(JSON.stringify(rows)).not.toContain('@');
  });

  it('ends every session but the one that asked', async () => {
    const other = await signedIn(OLD);
    await change(ada, NEW).expect(202);
    await confirm(await tokenFor(app, NEW)).expect(204);

    await app.me(other.accessToken).expect(401);
    await app.refresh(other.refreshToken).expect(401);
    expect((await app.me(ada.accessToken).expect(200)).body).toMatchObject({ user: { email: NEW } });
    const { body } = await app.refresh(ada.refreshToken).expect(200);
    expect((await app.me((body as Session).accessToken).expect(200)).body).toMatchObject({ user: { email: NEW } });
  });

  it('can be called off', async () => {
    await change(ada, NEW).expect(202);
    const token = await tokenFor(app, NEW);
    await cancel(ada).expect(204);
    await cancel(ada).expect(204);
    expect((await confirm(token).expect(400)).body).toMatchObject(invalid);
    await app.signIn(OLD).expect(200);
  });

  it('called off before its mail was composed writes to nobody', async () => {
    await app.get(EmailChangeService).request((await sessionOf(ada))!, NEW);
    await cancel(ada).expect(204);
    const token = await tokenFor(app, NEW).catch(() => null);
    if (token !== null) await confirm(token).expect(400);
    await app.signIn(OLD).expect(200);
  });

  it('is replaced by the next one', async () => {
    await change(ada, 'first@example.com').expect(202);
    const first = await tokenFor(app, 'first@example.com');
    await change(ada, NEW).expect(202);
    const second = await tokenFor(app, NEW);
    await confirm(first).expect(400);
    await confirm(second).expect(204);
    await app.signIn('first@example.com').expect(401);
    await app.signIn(NEW).expect(200);
  });

  it('answers the same for a taken address, which fails at confirmation', async () => {
    await app.givenUser('eve@example.com');
    const taken = await change(ada, 'eve@example.com').expect(202);
    expect(taken.body).toEqual({ status: 'sent' });
    const token = await tokenFor(app, 'eve@example.com');
    expect((await confirm(token).expect(400)).body).toMatchObject(invalid);
    await app.signIn(OLD).expect(200);
    await app.signIn('eve@example.com').expect(200);
  });

  it('needs a session, a recent one', async () => {
    await app.http().post('/auth/email/change').send({ email: NEW }).expect(401);
    await app.http().delete('/auth/email/change').expect(401);
    clock.advance('11m');
    expect((await change(ada, NEW).expect(403)).body).toMatchObject({ errorCode: 'auth.recent_auth_required' });
  });

  it.each([['nonsense'], ['a@b, c@d.example'], ['a@example.com\r\nBcc: b@example.com'], [['a@example.com']], [null], [OLD]])(
    'refuses the address %j',
    async (email) => {
      expect((await change(ada, email).expect(400)).body).toMatchObject({ errorCode: 'auth.validation_failed' });
    },
  );

  it('dies with a change of the password, and after an hour', async () => {
    await change(ada, NEW).expect(202);
    const token = await tokenFor(app, NEW);
    const body = { currentPassword: PASSWORD, newPassword: 'another horse with a battery' };
    const renewed = await app
      .http()
      .post('/auth/password/change')
      .set(...bearer(ada))
      .send(body)
      .expect(200);
    await confirm(token).expect(400);

    await change(renewed.body as Session, NEW).expect(202);
    const late = await tokenFor(app, NEW);
    clock.advance('61m');
    await confirm(late).expect(400);
  });

  it('gives an address to one of two accounts that change to it at once', async () => {
    const eve = await app.givenUser('eve@example.com');
    await change(ada, NEW).expect(202);
    const adas = await tokenFor(app, NEW);
    await change(eve, NEW).expect(202);
    const eves = await tokenFor(app, NEW);
    expect(eves).not.toBe(adas);

    const answers = await Promise.all([confirm(adas), confirm(eves)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400]);
    const owner = answers[0]!.status === 204 ? ada : eve;
    expect(String((await app.get(UserRepository).findByEmail(NEW))?.id)).toBe(String(owner.user.id));
  });

  it('lets one of 50 confirmations at once through', async () => {
    await change(ada, NEW).expect(202);
    const token = await tokenFor(app, NEW);
    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await app.get(UserRepository).findByEmail(NEW))?.emailVersion).toBe(2);
  });

  it('of a racing sign-in leaves no session behind', async () => {
    for (let round = 0; round < 5; round++) {
      const [from, to] = [`r${round}@example.com`, `s${round}@example.com`];
      const user = await app.givenUser(from);
      await change(user, to).expect(202);
      const token = await tokenFor(app, to);
      const [answer] = await Promise.all([app.signIn(from), confirm(token).expect(204)]);
      if (answer.status === 200) await app.me((answer.body as Session).accessToken).expect(401);
    }
  });

  it('is gone with its account', async () => {
    await change(ada, NEW).expect(202);
    const token = await tokenFor(app, NEW);
    await app.get(AccountsService).delete(String(ada.user.id));
    await confirm(token).expect(400);
  });

  async function sessionOf({ accessToken }: Session) {
    const { body } = await app.me(accessToken).expect(200);
    const sessions = await app.get(SessionsService).list(String(ada.user.id));
    return sessions.find(({ id }) => id === (body as { session: { id: string } }).session.id);
  }
});

describe('changing and confirming an address', () => {
  beforeEach(async () => {
    app = await startAuthApp({ mailLimits: false, rooms: [EmailConfirmationModule.forRoot(), EmailChangeModule.forRoot()] });
  });
  afterEach(() => app.close());

  it('are kept apart by one route', async () => {
    const ada = await app.givenUser(OLD);
    const confirmation = await tokenFor(app, OLD);
    await change(ada, NEW).expect(202);
    const changing = await tokenFor(app, NEW);

    await confirm(confirmation).expect(204);
    expect((await app.get(UserRepository).findByEmail(OLD))?.emailConfirmedAt).not.toBeNull();
    await confirm(changing).expect(204);
    expect(await app.get(UserRepository).findByEmail(OLD)).toBeNull();
  });

  it('never confirm an address with the token of another one', async () => {
    const ada = await app.givenUser(OLD);
    const confirmation = await tokenFor(app, OLD);
    await change(ada, NEW).expect(202);
    await confirm(await tokenFor(app, NEW)).expect(204);
    expect((await confirm(confirmation).expect(400)).body).toMatchObject(invalid);
  });
});

describe('the module of changes of address', () => {
  it('takes options from a factory, with a page of the host and no notices', async () => {
    app = await startAuthApp({
      async: true,
      rooms: [EmailChangeModule.forRootAsync({ useFactory: async () => ({ page: '/new-address', notices: false }) })],
    });
    try {
      const ada = await app.givenUser(OLD);
      await change(ada, NEW).expect(202);
      expect((await mailTo(app, NEW))[0]!.text).toContain('http://localhost:3000/new-address#');
      expect(await mailTo(app, OLD)).toEqual([]);
      await app.http().get('/auth/email/confirm').expect(404);
    } finally {
      await app.close();
    }
  });

  it('refuses to start where no mail can be sent, or with options that it does not know', async () => {
    const start = startAuthApp({
      ...PRODUCTION,
      rooms: [EmailChangeModule.forRoot()],
      recordMail: false,
      logger: false,
    });
    await expect(start).rejects.toThrow(AuthConfigurationError);
    const mistyped = startAuthApp({ rooms: [EmailChangeModule.forRoot({ notice: false } as never)], logger: false });
    await expect(mistyped).rejects.toThrow(/Did you mean notices\?/);
  });
});
