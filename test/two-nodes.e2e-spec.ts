import { afterAll, beforeAll, it } from 'vitest';
import { AccountsService } from 'nestjs-latchkey';
import { PASSWORD } from './auth-app.js';
import { startTwoNodes } from './races/two-nodes.js';
import { describeEachDatabase } from './support/databases.js';

const NEW_PASSWORD = 'another password altogether';

describeEachDatabase(
  'a second node that has not heard yet',
  (kind) => {
    let two: Awaited<ReturnType<typeof startTwoNodes>>;
    beforeAll(async () => {
      two = await startTwoNodes(kind);
      await two.nodes[0].get(AccountsService).create({ email: 'ada@example.com', password: PASSWORD });
    }, 60_000);
    afterAll(() => two.close());

    it('believes the new tokens of a session that was renewed on the first', async () => {
      const [here, there] = two.nodes;
      const { accessToken } = (await here.signIn('ada@example.com').expect(200)).body;
      await there.me(accessToken).expect(200);
      const { body } = await here
        .http()
        .post('/auth/password/change')
        .set('Authorization', `Bearer ${accessToken}`)
        .send({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD })
        .expect(200);
      await there.me(body.accessToken).expect(200);
      await there.me(accessToken).expect(401);
    });

    it('believes the new cookie and the new time of a step-up on the first', async () => {
      const [here, there] = two.nodes;
      const signIn = await here.signIn('ada@example.com', NEW_PASSWORD, { delivery: 'cookie' }).expect(200);
      const cookieOf = (answer: { headers: Record<string, unknown> }) =>
        (answer.headers['set-cookie'] as string[])[0]!.split(';')[0]!;
      await there.http().get('/auth/me').set('Cookie', cookieOf(signIn)).expect(200);
      const stepUp = await here
        .http()
        .post('/auth/step-up')
        .set({ Cookie: cookieOf(signIn), Origin: 'http://localhost:3000' })
        .send({ password: NEW_PASSWORD })
        .expect(200);
      await there.http().get('/auth/me').set('Cookie', cookieOf(stepUp)).expect(200);
    });
  },
  ['postgres', 'mariadb'],
);
