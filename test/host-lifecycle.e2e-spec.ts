import { Controller, Get, Injectable } from '@nestjs/common';
import {
  AUTH_OPTIONS,
  type AuthUser,
  bcrypt,
  type PasswordFault,
  PasswordPolicy,
  Public,
  type ResolvedAuthOptions,
  UserPresenter,
  UserRepository,
} from 'nestjs-latchkey';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, PASSWORD, SECRET, startAuthApp } from './auth-app.js';

describe('two applications in one process', () => {
  const apps: AuthApp[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  const start = async (options: Parameters<typeof startAuthApp>[0]): Promise<AuthApp> => {
    const app = await startAuthApp(options);
    apps.push(app);
    return app;
  };

  it('know nothing of each other', async () => {
    const one = await start({ appName: 'One', passwords: { minLength: 20 } });
    const two = await start({ appName: 'Two', routePrefix: 'accounts', async: true });

    await one.signUp('ada@example.com', 'sixteen letters!').expect(400);
    const ada = await one.givenUser('ada@example.com');
    const answer = await two.http().post('/accounts/signup').send({ email: 'ada@example.com', password: 'eightchr' });
    expect(answer.status).toBe(201);
    await two.http().post('/auth/signin').send({}).expect(404);
    await one.me(ada.accessToken).expect(200);
    const foreign = await two.http().get('/accounts/me').set('Authorization', `Bearer ${ada.accessToken}`).expect(401);
    expect(foreign.body.errorCode).toBe('auth.token_invalid');
    const optionsOf = (app: AuthApp) => app.get<ResolvedAuthOptions>(AUTH_OPTIONS as never);
    expect([optionsOf(one).appName, optionsOf(two).appName]).toEqual(['One', 'Two']);
  });

  it('go on when the other is closed', async () => {
    const one = await start({});
    const two = await start({});
    const ada = await two.givenUser('ada@example.com');
    await apps.shift()!.close();

    await two.me(ada.accessToken).expect(200);
    await expect(one.http().get('/auth/me')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('an application that is closed', () => {
  afterEach(() => vi.restoreAllMocks());

  it('leaves no timer, no socket and no listener, however often', async () => {
    const timers: { _destroyed?: boolean }[] = [];
    for (const name of ['setInterval', 'setTimeout'] as const) {
      const original = globalThis[name] as (...args: unknown[]) => object;
      vi.spyOn(globalThis, name).mockImplementation(((...args: unknown[]) => {
        const timer = original(...args);
        timers.push(timer);
        return timer;
      }) as never);
    }
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|FSReq/.test(kind)).length;
    const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name as 'exit'), 0);
    const use = async () => {
      const app = await startAuthApp({
        passport: { prefix: 'closing' },
        prepare: (nest) => nest.enableShutdownHooks(),
      });
      const session = await app.givenUser('ada@example.com');
      await app.me(session.accessToken).expect(200);
      await app.signIn('ada@example.com', 'a guess').expect(401);
      await app.close();
    };
    await use();
    const before = [sockets(), listeners()];
    timers.length = 0;
    for (let time = 0; time < 3; time++) await use();

    expect(timers.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(timers.filter(({ _destroyed }) => _destroyed !== true)).toEqual([]), { timeout: 3_000 });
    await vi.waitFor(() => expect([sockets(), listeners()]).toEqual(before), { timeout: 3_000 });
  });
});

describe('what the host puts in our place', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  it('wins: who a user is shown as', async () => {
    @Injectable()
    class ShoutingPresenter extends UserPresenter {
      present(user: AuthUser, roles: readonly string[]) {
        return { id: user.id, shout: user.email.toUpperCase(), roles };
      }
    }
    app = await startAuthApp({ overrides: [{ provide: UserPresenter, useClass: ShoutingPresenter }] });
    const { body } = await app.signUp('ada@example.com').expect(201);

    expect(body.user).toEqual({ id: body.user.id, shout: 'ADA@EXAMPLE.COM', roles: [] });
    expect((await app.me(body.accessToken)).body.user).toEqual(body.user);
  });

  it('wins: which passwords are good', async () => {
    class NoOpinion extends PasswordPolicy {
      async check(password: string): Promise<PasswordFault[]> {
        return password.includes('!') ? [{ code: 'password_blocked', message: 'No shouting' }] : [];
      }
    }
    app = await startAuthApp({ overrides: [{ provide: PasswordPolicy, useValue: new NoOpinion() }], async: true });

    await app.signUp('ada@example.com', 'x').expect(201);
    const { body } = await app.signUp('bob@example.com', 'hear me!').expect(400);
    expect(body).toMatchObject({
      errorCode: 'auth.password_blocked',
      message: 'No shouting',
      details: [{ field: 'password', code: 'password_blocked', message: 'No shouting' }],
    });
  });

  it('wins over the storage’s own ports as well, for everybody who asks', async () => {
    const asked: string[] = [];
    class WatchfulUsers {
      async findByEmail(email: string) {
        asked.push(`room: ${email}`);
        return null;
      }

      async findByEmailWithPassword(email: string) {
        asked.push(`sign-in: ${email}`);
        return null;
      }

      async unfilledColumns() {
        return [];
      }
    }
    @Controller('known')
    class KnownController {
      constructor(private readonly users: UserRepository) {}

      @Public()
      @Get()
      async get() {
        return { known: (await this.users.findByEmail('ada@example.com')) !== null };
      }
    }
    app = await startAuthApp({
      overrides: [{ provide: UserRepository, useClass: WatchfulUsers as never }],
      controllers: [KnownController],
    });

    expect((await app.http().get('/known').expect(200)).body).toEqual({ known: false });
    await app.signIn('Bob@example.com').expect(401);
    expect(asked).toEqual(['room: ada@example.com', 'sign-in: bob@example.com']);
  });

  it('needs no more than the module and a secret', async () => {
    app = await startAuthApp({ secret: [SECRET], hasher: bcrypt({ cost: 5 }), cache: undefined });

    expect((await app.signUp('ada@example.com', PASSWORD).expect(201)).body.user.email).toBe('ada@example.com');
  });
});
