import { Controller, Get, INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthModule, CurrentUser, Public, Roles } from 'nestjs-latchkey';
import { MemoryStorage } from 'nestjs-latchkey/testing';
import request = require('supertest');

@Controller()
class CatsController {
  @Public()
  @Get('open')
  open() {
    return { open: true };
  }

  @Get('private')
  private(@CurrentUser() user: { id: string; email: string }) {
    return { id: user.id, email: user.email };
  }

  @Roles('admin')
  @Get('admin')
  admin() {
    return { admin: true };
  }
}

@Module({
  imports: [
    AuthModule.forRoot({
      secret: 'Zk3v9qTn7Yw2rXe5uHb8cLm4aPs6dGf1JtQo0iRyVxWz',
      baseUrl: 'http://localhost:3000',
      storage: MemoryStorage.forRoot(),
    }),
  ],
  controllers: [CatsController],
})
class HostModule {}

describe('a host with Latchkey', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [HostModule] }).compile();
    app = module.createNestApplication();
    await app.init();
  });
  afterAll(() => app.close());

  it('leaves open what is public', async () => {
    await request(app.getHttpServer()).get('/open').expect(200, { open: true });
  });

  it('guards the rest', async () => {
    const { body } = await request(app.getHttpServer()).get('/private').expect(401);

    expect(body.errorCode).toBe('auth.not_authenticated');
  });

  it('lets a user in who signed up', async () => {
    const credentials = { email: 'ada@example.com', password: 'a long enough password' };
    const { body: session } = await request(app.getHttpServer()).post('/auth/signup').send(credentials).expect(201);

    const { body } = await request(app.getHttpServer())
      .get('/private')
      .set('Authorization', `Bearer ${session.accessToken}`)
      .expect(200);

    expect(body).toEqual({ id: session.user.id, email: 'ada@example.com' });
    await request(app.getHttpServer()).get('/admin').set('Authorization', `Bearer ${session.accessToken}`).expect(403);
  });
});
