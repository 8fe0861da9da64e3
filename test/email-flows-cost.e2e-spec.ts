import { AccountsService, UserRepository } from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { OutboxDispatcher } from '../libs/auth/src/core/mail/outbox-dispatcher.js';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';
import { tokenFor } from './support/mailbox.js';
import { StatementCounter } from './support/statement-counter.js';

/** Confirmed, waiting for its confirmation, made by an administrator and unconfirmed, switched off, nobody's. */
const NAMES = ['known', 'pending', 'unconfirmed', 'disabled', 'nobody'];

describeEachDatabase('where confirmation is required', (kind) => {
  const counter = new StatementCounter();
  let app: AuthApp;
  let host: Session;
  beforeAll(async () => {
    app = await startAuthApp({
      database: kind,
      typeOrm: { logger: counter },
      mailLimits: false,
      throttle: false,
      rooms: [EmailConfirmationModule.forRoot({ required: true }), EmailChangeModule.forRoot()],
    });
    for (const name of ['host', 'known', 'disabled']) {
      await app.signUp(`${name}@example.com`).expect(202);
      const token = await tokenFor(app, `${name}@example.com`);
      await app.http().post('/auth/email/confirm').send({ token }).expect(204);
    }
    host = (await app.signIn('host@example.com').expect(200)).body as Session;
    await app.signUp('pending@example.com').expect(202);
    await app.get(AccountsService).create({ email: 'unconfirmed@example.com', password: PASSWORD });
    const disabled = (await app.get(UserRepository).findByEmail('disabled@example.com'))!;
    await app.get(AccountsService).disable(String(disabled.id));
    await app.deliverMail();
    await app.me(host.accessToken).expect(200);
    // What is done for the request, and not what is done later.
    vi.spyOn(app.get(OutboxDispatcher), 'wake').mockReturnValue();
  });
  afterAll(() => app.close());

  it.each([
    ['/auth/signup', 202, { password: 'another horse with a battery' }, 2],
    ['/auth/email/resend', 202, {}, 1],
    ['/auth/signin', 401, { password: 'a wrong password of some length' }, 5],
    ['/auth/email/change', 202, {}, 4],
  ] as const)(
    '%s costs the same statements and gets the same answer, whoever has the address',
    async (path, status, body, most) => {
      const seen = new Set<string>();
      for (const name of NAMES) {
        counter.take();
        const answer = await app
          .http()
          .post(path)
          .set('Authorization', `Bearer ${host.accessToken}`)
          .send({ email: `${name}@example.com`, ...body });
        const { text, headers } = answer;
        seen.add(JSON.stringify({ status: answer.status, text, length: headers['content-length'], statements: counter.take() }));
      }

      expect([...seen]).toHaveLength(1);
      const [only] = [...seen].map((one) => JSON.parse(one) as { status: number; statements: string[] });
      expect(only!.status).toBe(status);
      expect(only!.statements.length).toBeLessThanOrEqual(most);
    },
  );
});
