import { AuditModule } from 'nestjs-latchkey/audit';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { UserRepository } from 'nestjs-latchkey';
import { AuthHealth, HealthModule } from 'nestjs-latchkey/health';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { AuthMetrics, MetricsModule } from 'nestjs-latchkey/metrics';
import { NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RolesModule } from 'nestjs-latchkey/roles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const NEW_PASSWORD = 'a brand new password of mine';

describe('an application with every room, where addresses are confirmed first', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({
      mailLimits: false,
      rooms: [
        RolesModule.forRoot({ roles: { editor: [], member: [] }, defaultRole: 'member' }),
        EmailConfirmationModule.forRoot({ required: true }),
        EmailChangeModule.forRoot(),
        PasswordResetModule.forRoot(),
        MagicLinkModule.forRoot({ signUp: true }),
        InvitationModule.forRoot(),
        NoticesModule.forRoot(),
        AuditModule.forRoot({ log: false }),
        HealthModule.forRoot(),
        MetricsModule.forRoot(),
      ],
    });
  });
  afterAll(() => app.close());

  const post = (path: string, body: object) => app.http().post(`/auth/${path}`).send(body);
  const givenMember = async (email: string): Promise<Session> => {
    await post('magic-link', { email }).expect(202);
    return (await post('magic-link/verify', { token: await tokenFor(app, email) }).expect(200)).body as Session;
  };

  it('is healthy, and counts', async () => {
    expect((await app.get(AuthHealth).check()).status).toBe('up');
    expect(await app.get(AuthMetrics).text()).toMatch(/^auth_sign_ups_total \d+$/m);
  });

  it('lets a magic link in without another confirmation, new or not', async () => {
    const { user, accessToken } = await givenMember('magic@example.com');
    expect(user).toMatchObject({ emailConfirmed: true, roles: ['member'] });
    await app.me(accessToken).expect(200);
    await givenMember('magic@example.com');
    expect((await mailTo(app, 'magic@example.com')).map(({ subject }) => subject)).not.toContain('Confirm your e-mail address');
  });

  it('lets who was invited in without another confirmation', async () => {
    const host = await givenMember('host@example.com');
    await post('invitations', { email: 'guest@example.com' }).set('Authorization', `Bearer ${host.accessToken}`).expect(202);
    const token = await tokenFor(app, 'guest@example.com');
    const { body } = await post('invitations/accept', { token, password: PASSWORD }).expect(201);

    expect(body).toMatchObject({ user: { emailConfirmed: true, roles: ['member'] }, tokenType: 'Bearer' });
    await app.signIn('guest@example.com').expect(200);
    expect(await mailTo(app, 'guest@example.com')).toHaveLength(1);
  });

  it('is not bent by a sign-up that was never confirmed', async () => {
    await app.signUp('victim@example.com', 'password of the stranger').expect(202);
    const confirmation = await tokenFor(app, 'victim@example.com');
    const { accessToken } = await givenMember('victim@example.com');

    // The owner of the mailbox follows the stranger's link by mistake.
    await post('email/confirm', { token: confirmation });
    await app.signIn('victim@example.com', 'password of the stranger').expect(401);
    await app.me(accessToken).expect(200);
  });

  it('gives an account that came by link its first password by reset, and says so', async () => {
    const { accessToken } = await givenMember('first@example.com');
    await post('password/forgot', { email: 'first@example.com' }).expect(202);
    await post('password/reset', { token: await tokenFor(app, 'first@example.com'), password: NEW_PASSWORD }).expect(204);

    await app.me(accessToken).expect(401);
    await app.signIn('first@example.com', NEW_PASSWORD).expect(200);
    const subjects = (await mailTo(app, 'first@example.com')).map(({ subject }) => subject);
    expect(subjects.filter((subject) => /password/i.test(subject) && subject !== 'Reset your password')).toHaveLength(1);
  });

  it('lets no link outlive the address that it was mailed to', async () => {
    const { user } = await givenMember('old@example.com');
    const links: Record<string, string> = {};
    for (const path of ['password/forgot', 'magic-link']) {
      await post(path, { email: 'old@example.com' }).expect(202);
      links[path] = await tokenFor(app, 'old@example.com');
    }
    const found = (await app.get(UserRepository).findById(String(user.id)))!;
    await app.get(UserRepository).changeEmail(String(user.id), {
      email: 'new@example.com',
      ifEmailVersion: found.emailVersion,
      confirmedAt: null,
    });

    await post('password/reset', { token: links['password/forgot'], password: NEW_PASSWORD }).expect(400);
    await post('magic-link/verify', { token: links['magic-link'] }).expect(400);
  });
});
