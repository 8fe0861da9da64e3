import { AccountsService, UserRepository } from 'nestjs-latchkey';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { OutboxDispatcher } from '../libs/auth/src/core/mail/outbox-dispatcher.js';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';
import { StatementCounter } from './support/statement-counter.js';

describeEachDatabase('asking for a mailed link', (kind) => {
  const counter = new StatementCounter();
  let app: AuthApp;
  let host: Session;
  beforeAll(async () => {
    app = await startAuthApp({
      database: kind,
      typeOrm: { logger: counter },
      mailLimits: false,
      throttle: false,
      rooms: [PasswordResetModule.forRoot(), MagicLinkModule.forRoot(), InvitationModule.forRoot()],
    });
    host = await app.givenUser('host@example.com');
    const accounts = app.get(AccountsService);
    for (const name of ['known', 'confirmed', 'disabled', 'locked']) {
      await accounts.create({ email: `${name}@example.com`, password: PASSWORD });
    }
    const idOf = async (name: string): Promise<string> =>
      String((await app.get(UserRepository).findByEmail(`${name}@example.com`))!.id);
    await app.get(UserRepository).confirmEmail(await idOf('confirmed'), 1, new Date());
    await accounts.disable(await idOf('disabled'));
    await accounts.lock(await idOf('locked'));
    await app.deliverMail();
    // The session is remembered from here on.
    await app.me(host.accessToken).expect(200);
    // What is done for the request, and not what is done later.
    vi.spyOn(app.get(OutboxDispatcher), 'wake').mockReturnValue();
  });
  afterAll(() => app.close());

  it.each(['/auth/password/forgot', '/auth/magic-link', '/auth/invitations'])(
    'costs the same statements and gets the same answer, whoever is asked about: %s',
    async (path) => {
      const seen = new Set<string>();
      for (const name of ['known', 'confirmed', 'disabled', 'locked', 'nobody']) {
        counter.take();
        const { status, text, headers } = await app
          .http()
          .post(path)
          .set('Authorization', `Bearer ${host.accessToken}`)
          .send({ email: `${name}@example.com` });
        seen.add(JSON.stringify({ status, text, length: headers['content-length'], statements: counter.take() }));
      }

      expect([...seen]).toHaveLength(1);
      const { status, statements } = JSON.parse([...seen][0]!) as { status: number; statements: string[] };
      expect(status).toBe(202);
      expect(statements.some((sql) => sql.includes('auth_outbox'))).toBe(true);
      expect(statements.length).toBeLessThanOrEqual(path === '/auth/invitations' ? 5 : 1);
    },
  );
});
