import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  Post,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { IsNumber } from 'class-validator';
import { AuthCors, Public, StaticKeyProvider } from 'nestjs-latchkey';
import { generateKeyPairSync } from 'node:crypto';
import { map } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';

describe('a host', () => {
  let app: AuthApp;
  afterEach(() => app.close());
  const start = async (prepare: (nest: INestApplication) => void, options: AuthAppOptions = {}): Promise<void> => {
    app = await startAuthApp({ prepare, ...options });
  };
  const signUpAt = (path: string) => app.http().post(path).send({ email: 'ada@example.com', password: PASSWORD });
  const keys = () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return { algorithm: 'EdDSA' as const, keys: new StaticKeyProvider([privateKey]) };
  };

  it('may have a global prefix; the public keys stay at the root', async () => {
    await start((nest) => nest.setGlobalPrefix('api'), { tokens: keys() });

    await signUpAt('/auth/signup').expect(404);
    const { body } = await signUpAt('/api/auth/signup').expect(201);
    await app.http().get('/api/auth/me').set('Authorization', `Bearer ${body.accessToken}`).expect(200);
    const jwks = await app.http().get('/.well-known/jwks.json').expect(200);
    expect(jwks.body.keys).toHaveLength(1);
    await app.http().get('/api/.well-known/jwks.json').expect(404);
  });

  it('may version its routes in the path', async () => {
    await start((nest) => {
      nest.setGlobalPrefix('api');
      nest.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    });

    await signUpAt('/api/auth/signup').expect(404);
    await signUpAt('/api/v1/auth/signup').expect(201);
  });

  it('may version its routes without a default, by path or header', async () => {
    await start((nest) => nest.enableVersioning({ type: VersioningType.URI }));
    await signUpAt('/auth/signup').expect(201);
    await app.close();

    await start((nest) => nest.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '1' }), {
      tokens: keys(),
    });
    await signUpAt('/auth/signup').set('X-Version', '1').expect(201);
    await app.http().get('/.well-known/jwks.json').expect(200);
  });

  it.each([false, true])('may have our routes elsewhere (asynchronous configuration: %s)', async (async) => {
    await start((nest) => nest.setGlobalPrefix('api'), { routePrefix: '/accounts/v2/', async });

    await signUpAt('/api/accounts/v2/signup').expect(201);
    await signUpAt('/api/auth/signup').expect(404);
    const { headers } = await app.http().get('/api/accounts/v2/me').expect(401);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('may convert its own bodies: ours are what was sent', async () => {
    class Amount {
      @IsNumber()
      amount: number;
    }
    @Public()
    @Controller('amounts')
    class AmountsController {
      @Post()
      post(@Body() body: Amount) {
        return { type: typeof body.amount };
      }
    }
    const pipe = new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      validateCustomDecorators: true,
      transformOptions: { enableImplicitConversion: true },
    });
    await start((nest) => nest.useGlobalPipes(pipe), { controllers: [AmountsController] });
    const session = await app.givenUser('ada@example.com', PASSWORD);

    expect((await app.http().post('/amounts').send({ amount: '7' }).expect(201)).body).toEqual({ type: 'number' });
    await app.signUp('12345678' as never, 12_345_678 as never).expect(400);
    const remember = await app.signIn('ada@example.com', PASSWORD, { remember: 'false' }).expect(400);
    expect(remember.body.details).toEqual([expect.objectContaining({ field: 'remember', code: 'is_boolean' })]);
    const patched = await app.http().patch('/auth/me').set('Authorization', `Bearer ${session.accessToken}`).send({ name: 7 });
    expect(patched.status).toBe(400);
    await app.signIn('ada@example.com', PASSWORD, { unknown: 1 }).expect(400);
  });

  it('may trim all it gets: passwords stay as they are', async () => {
    class TrimEverything implements PipeTransform {
      transform(value: unknown): unknown {
        if (typeof value === 'string') return value.trim();
        if (typeof value !== 'object' || value === null || value.constructor !== Object) return value;
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.transform(member)]));
      }
    }
    await start((nest) => nest.useGlobalPipes(new TrimEverything()));
    await app.signUp('ada@example.com', '  with spaces  ').expect(201);

    await app.signIn('ada@example.com', '  with spaces  ').expect(200);
    await app.signIn('ada@example.com', 'with spaces').expect(401);
  });

  it('sees our answers in its interceptors and our refusals in its filters, headers and all', async () => {
    class Envelope implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    @Catch(HttpException)
    class OwnShape implements ExceptionFilter {
      constructor(private readonly adapterHost: HttpAdapterHost) {}

      catch(exception: HttpException & { errorCode?: string }, host: ArgumentsHost) {
        const body = { oops: exception.errorCode };
        this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, exception.getStatus());
      }
    }
    await start((nest) => {
      nest.useGlobalInterceptors(new Envelope());
      nest.useGlobalFilters(new OwnShape(nest.get(HttpAdapterHost)));
    });

    expect((await signUpAt('/auth/signup').expect(201)).body.data.user.email).toBe('ada@example.com');
    const wrong = await app.signIn('ada@example.com', 'a guess').expect(401);
    expect(wrong.body).toEqual({ oops: 'auth.invalid_credentials' });
    expect(wrong.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
    const anonymous = await app.http().get('/auth/me').expect(401);
    expect(anonymous.body).toEqual({ oops: 'auth.not_authenticated' });
    expect(anonymous.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
  });

  it('may document itself: Swagger lists our routes under their prefixes', async () => {
    let document: ReturnType<typeof SwaggerModule.createDocument> | undefined;
    await start((nest) => {
      nest.setGlobalPrefix('api');
      document = SwaggerModule.createDocument(nest, new DocumentBuilder().build());
    });

    const paths = [
      '/api/auth/me',
      '/api/auth/password/change',
      '/api/auth/refresh',
      '/api/auth/sessions',
      '/api/auth/sessions/{id}',
      '/api/auth/signin',
      '/api/auth/signout',
      '/api/auth/signup',
      '/api/auth/step-up',
    ];
    expect(Object.keys(document!.paths)).toEqual(expect.arrayContaining(paths));
    expect(Object.keys(document!.paths).filter((path) => !path.startsWith('/api/auth/'))).toEqual([]);
    expect(Object.keys(document!.paths['/api/auth/me']!)).toEqual(expect.arrayContaining(['get', 'patch', 'delete']));
  });

  it('may switch on CORS for the trusted origins, and gets none unasked', async () => {
    const trustedOrigins = ['http://localhost:3000', 'https://partner.example.com'];
    await start((nest) => nest.enableCors(nest.get(AuthCors)), { trustedOrigins });
    const preflight = (origin: string) =>
      app.http().options('/auth/signin').set({ Origin: origin, 'Access-Control-Request-Method': 'POST' });

    const partner = await preflight('https://partner.example.com');
    expect(partner.status).toBe(204);
    expect(partner.headers).toMatchObject({
      'access-control-allow-origin': 'https://partner.example.com',
      'access-control-allow-credentials': 'true',
    });
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await preflight('null')).headers).not.toHaveProperty('access-control-allow-origin');
    await app.close();

    await start(() => undefined, { trustedOrigins });
    const answer = await app.signIn('nobody@example.com').set('Origin', 'https://partner.example.com');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
