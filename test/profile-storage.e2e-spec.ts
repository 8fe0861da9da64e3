import { IsOptional, IsString } from 'class-validator';
import { expect, it } from 'vitest';
import { startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';

class Profile {
  @IsOptional()
  @IsString()
  name?: string;
}

describeEachDatabase(
  'a profile class that allows more than its column',
  (kind) => {
    it('is the request’s fault, and nothing is written', async () => {
      const app = await startAuthApp({ database: kind, profile: Profile });
      try {
        const name = 'x'.repeat(300);
        const { body } = await app.signUp('ada@example.com', undefined, { name }).expect(400);
        expect(body).toMatchObject({ errorCode: 'auth.validation_failed', details: [{ code: 'not_storable' }] });
        const ada = await app.givenUser('ada@example.com');
        await app.http().patch('/auth/me').set('Authorization', `Bearer ${ada.accessToken}`).send({ name }).expect(400);
        expect((await app.me(ada.accessToken).expect(200)).body.user.name).toBeNull();
      } finally {
        await app.close();
      }
    });
  },
  // SQLite does not enforce lengths.
  ['postgres', 'mariadb'],
);
