import { Clock, fileSecrets, KeyRotation, OneTimeTokenRepository, SecretProvider, SessionRepository } from 'nestjs-latchkey';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { SettableClock } from 'nestjs-latchkey/testing';
import { SessionStates } from '../libs/auth/src/core/sessions/session-states.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, SECRET as OLD, type Session, startAuthApp } from './auth-app.js';
import { tokenFor } from './support/mailbox.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from './support/databases.js';

const NEW = 'Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e-test-only';
const clock = new SettableClock();
const start = (options: AuthAppOptions = {}): Promise<AuthApp> =>
  startAuthApp({ ...options, overrides: [{ provide: Clock, useValue: clock }, ...(options.overrides ?? [])] });

const cookieSession = async (app: AuthApp, remember = false): Promise<string> => {
  const { headers } = await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie', remember }).expect(200);
  const session = (headers['set-cookie'] as unknown as string[]).find((one) => one.startsWith('latchkey='))!;
  return session.split(';')[0]!;
};
const enter = async (app: AuthApp, cookie: string): Promise<number> => {
  const { status } = await app.http().get('/auth/me').set('Cookie', cookie);
  await app.get(SessionStates).drain();
  return status;
};
const rotate = (secrets: readonly string[], ...apps: AuthApp[]): void => {
  for (const app of apps) app.get(KeyRotation).replaceSecrets(secrets);
};

describeEachDatabase('a cookie that is used while the secret is rotated', (database) => {
  let store: SqlTestDatabase;
  let here: AuthApp;
  let there: AuthApp;
  beforeEach(async () => {
    store = await createDatabase(database);
    here = await start({ store });
    there = await start({ store });
    await here.givenUser('ada@example.com');
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await store.drop();
  });

  it('outlives the removal of the secret that it was made under, on every node', async () => {
    const cookie = await cookieSession(here);
    expect([await enter(here, cookie), await enter(there, cookie)]).toEqual([200, 200]);
    rotate([OLD, NEW], here, there);
    rotate([NEW, OLD], here, there);
    // One node writes it under the new key, the other still remembers it under the old one.
    expect(await enter(here, cookie)).toBe(200);
    rotate([NEW], here, there);

    expect([await enter(there, cookie), await enter(here, cookie)]).toEqual([200, 200]);
    await here.http().post('/auth/signout').set('Cookie', cookie).set('Origin', 'http://localhost:3000').expect(204);
    expect(await enter(here, cookie)).toBe(401);
  });

  it('is renewed by a step-up on a node that remembers it under the old key', async () => {
    const cookie = await cookieSession(here);
    expect([await enter(here, cookie), await enter(there, cookie)]).toEqual([200, 200]);
    rotate([NEW, OLD], here, there);
    expect(await enter(here, cookie)).toBe(200);
    clock.advance('1s');
    const proof = there.http().post('/auth/step-up').set('Cookie', cookie).set('Origin', 'http://localhost:3000');
    const { headers } = await proof.send({ password: PASSWORD }).expect(200);
    const renewed = (headers['set-cookie'] as unknown as string[] | undefined)?.[0]?.split(';')[0];

    expect(renewed).toMatch(/^latchkey=/);
    expect(renewed).not.toBe(cookie);
    for (const app of [here, there]) expect([await enter(app, renewed!), await enter(app, cookie)]).toEqual([200, 401]);
  });

  it('is written under the new key once, however often and wherever it is used', async () => {
    const cookie = await cookieSession(here);
    rotate([NEW, OLD], here, there);
    const id = cookie.split(/[=.]/)[1]!;
    const before = (await here.get(SessionRepository).findState(id))!.session;
    let writes = 0;
    for (const app of [here, there]) {
      const sessions = app.get(SessionRepository);
      const rekey = sessions.rekey.bind(sessions);
      sessions.rekey = async (rekeying) => {
        const done = await rekey(rekeying);
        if (done) writes++;
        return done;
      };
    }
    await Promise.all([here, there, here, there, here, there].map((app) => enter(app, cookie)));
    for (const app of [here, there, here, there]) expect(await enter(app, cookie)).toBe(200);
    const after = (await here.get(SessionRepository).findState(id))!.session;

    expect(writes).toBe(1);
    expect(after.keyId).not.toBe(before.keyId);
    expect(after).toEqual({ ...before, secretHash: after.secretHash, keyId: after.keyId });
  });

  it('is refused at once with its secret, when it was not used in between', async () => {
    const cookie = await cookieSession(here);
    expect(await enter(here, cookie)).toBe(200);
    rotate([NEW], here, there);

    expect([await enter(here, cookie), await enter(there, cookie)]).toEqual([401, 401]);
  });
});

describe('a bearer session while the secret is rotated', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  it('moves to the new secret with its next refresh, and ends with the old one otherwise', async () => {
    app = await start();
    const ada = await app.givenUser('ada@example.com');
    const { body } = await app.signIn('ada@example.com').expect(200);
    const idle = body as Session;
    rotate([NEW, OLD], app);
    await app.me(ada.accessToken).expect(200);
    const moved = (await app.refresh(ada.refreshToken).expect(200)).body as Session;
    rotate([NEW], app);

    await app.me(moved.accessToken).expect(200);
    await app.refresh(moved.refreshToken).expect(200);
    await app.me(ada.accessToken).expect(401);
    await app.me(idle.accessToken).expect(401);
    const { body: refused } = await app.refresh(idle.refreshToken).expect(401);
    expect(refused).toMatchObject({ errorCode: 'auth.refresh_invalid' });
  });

  it('ends when its secret is removed while it is being refreshed', async () => {
    app = await start();
    const { refreshToken } = await app.givenUser('ada@example.com');
    const sessions = app.get(SessionRepository);
    const write = sessions.rotate.bind(sessions);
    sessions.rotate = async (rotation) => {
      const isWritten = await write(rotation);
      rotate([NEW], app);
      return isWritten;
    };

    const { body } = await app.refresh(refreshToken).expect(401);
    expect(body).toMatchObject({ errorCode: 'auth.refresh_invalid' });
  });
});

describe('a sign-up that waits while the secret is rotated', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  it('is still found, confirmed, and then nothing is left of the others', async () => {
    app = await start({ rooms: [EmailConfirmationModule.forRoot({ required: true })], mailLimits: false });
    await app.signUp('ada@example.com', 'the password of a stranger').expect(202);
    const stranger = await tokenFor(app, 'ada@example.com');
    clock.advance('1s');
    await app.signUp('ada@example.com').expect(202);
    await app.deliverMail();
    rotate([NEW, OLD], app);
    await app.http().post('/auth/email/resend').send({ email: 'ada@example.com' }).expect(202);
    const token = await tokenFor(app, 'ada@example.com');
    rotate([NEW, OLD, `${NEW}-of-another-round`], app);

    await app.http().post('/auth/email/confirm').send({ token }).expect(204);
    await app.signIn('ada@example.com').expect(200);
    const selector = stranger.split('.')[0]!;
    expect(await app.get(OneTimeTokenRepository).find(selector)).toBeNull();
  });
});

describe.each([['forRoot'], ['forRootAsync']])('an application whose secrets are in a file, by %s', (way) => {
  let app: AuthApp;
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'latchkey-secrets-'))));
  afterEach(async () => {
    await app.close();
    rmSync(directory, { recursive: true });
  });

  it('takes up another secret without a restart', async () => {
    const file = join(directory, 'secrets');
    writeFileSync(file, OLD);
    const secrets = fileSecrets(file, { leadTime: '1m' });
    app = await start({
      async: way === 'forRootAsync',
      secret: await secrets.secrets(),
      overrides: [{ provide: SecretProvider, useValue: secrets }],
    });
    const ada = await app.givenUser('ada@example.com');
    const rotation = app.get(KeyRotation);
    const [old] = rotation.fingerprints.secrets;

    writeFileSync(file, `${NEW}\n${OLD}\n`);
    await rotation.reload();
    expect(rotation.fingerprints.secrets[0]).toBe(old);
    clock.advance('1m');
    await rotation.reload();
    expect(rotation.fingerprints.secrets[1]).toBe(old);
    await app.me(ada.accessToken).expect(200);

    writeFileSync(file, NEW);
    await rotation.reload();
    await app.me(ada.accessToken).expect(401);
    await app.signIn('ada@example.com').expect(200);
  });
});
