import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  AccountsService,
  AuthModule,
  bcrypt,
  Clock,
  CurrentUser,
  NO_CLIENT,
  PasswordChangeService,
  SessionsService,
  SignInService,
} from 'nestjs-latchkey';
import { MemoryStorage, SettableClock } from 'nestjs-latchkey/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { LANE, PASSWORD, SECRET } from './auth-app.js';

@Controller('whoami')
class WhoAmIController {
  @Get()
  get(@CurrentUser() { email }: { email: string }) {
    return { email };
  }
}

@Module({
  imports: [
    AuthModule.forRoot({
      secret: SECRET,
      baseUrl: 'http://localhost:3000',
      environment: 'test',
      storage: MemoryStorage.forRoot(),
      hasher: bcrypt({ cost: 4 }),
      passport: false,
    }),
  ],
  controllers: [WhoAmIController],
})
class AppModule {}

describe('a host’s own test', () => {
  it('uses its module as it is, without listening, and with its own clock', async () => {
    const clock = new SettableClock();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    const app = module.createNestApplication(
      (LANE.http === 'fastify' ? new FastifyAdapter() : new ExpressAdapter()) as ExpressAdapter,
    );
    await app.init();
    if (LANE.http === 'fastify') await (app as unknown as NestFastifyApplication).getHttpAdapter().getInstance().ready();
    const http = request(app.getHttpServer());

    const { body } = await http.post('/auth/signup').send({ email: 'ada@example.com', password: PASSWORD }).expect(201);
    const whoAmI = () => http.get('/whoami').set('Authorization', `Bearer ${body.accessToken}`);
    expect((await whoAmI().expect(200)).body).toEqual({ email: 'ada@example.com' });
    clock.advance('16m');
    expect((await whoAmI().expect(401)).body.errorCode).toBe('auth.token_expired');
    await app.close();
  });
});

describe('a script or worker', () => {
  it('has every flow without HTTP, by the same rules', async () => {
    const context = await NestFactory.createApplicationContext(AppModule, { logger: ['error'], abortOnError: false });
    const accounts = context.get(AccountsService);
    const signIns = context.get(SignInService);
    const user = await accounts.create({ email: 'Ada@example.com', password: PASSWORD });
    const signIn = (password: string) => signIns.signIn({ email: 'ada@example.com', password, delivery: 'bearer' }, NO_CLIENT);

    const result = await signIn(PASSWORD);
    if (result.status !== 'signed_in' || result.issued.credentials.delivery !== 'bearer') throw new Error('not signed in');
    const { session, credentials } = result.issued;
    expect(await context.get(SessionsService).list(String(user.id))).toEqual([expect.objectContaining({ id: session.id })]);
    expect((await signIns.refresh(credentials.refreshToken)).refreshToken).not.toBe(credentials.refreshToken);

    const change = { currentPassword: PASSWORD, newPassword: 'a wholly different sentence' };
    await context.get(PasswordChangeService).change(session, change);
    await expect(signIn(PASSWORD)).rejects.toMatchObject({ errorCode: 'auth.invalid_credentials' });
    await accounts.lock(String(user.id));
    await expect(signIn(change.newPassword)).rejects.toMatchObject({ errorCode: 'auth.invalid_credentials' });
    await accounts.unlock(String(user.id));
    await expect(signIn(change.newPassword)).resolves.toMatchObject({ status: 'signed_in' });
    await accounts.delete(String(user.id));
    await expect(accounts.delete(String(user.id))).rejects.toMatchObject({ errorCode: 'auth.not_found' });
    await context.close();
  });
});
