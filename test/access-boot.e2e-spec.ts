import { Controller, ForbiddenException, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard, CurrentUser, OptionalAuth, Permissions, Public, RequireRecentAuth, Roles } from 'nestjs-latchkey';
import { describe, expect, it } from 'vitest';
import { startAuthApp } from './auth-app.js';

describe('an application does not start', () => {
  @Controller('a')
  class PublicWithRoles {
    @Public()
    @Roles('admin')
    @Get()
    get() {}
  }
  @Controller('b')
  class PublicWithPermissions {
    @Permissions('write')
    @Public()
    @Get()
    get() {}
  }
  @Controller('c')
  class PublicWithRecentAuth {
    @Public()
    @RequireRecentAuth()
    @Get()
    get() {}
  }
  @Controller('d')
  class PublicAndOptional {
    @Public()
    @OptionalAuth()
    @Get()
    get() {}
  }
  @Controller('e')
  class OptionalWithRoles {
    @OptionalAuth()
    @Roles('admin')
    @Get()
    get() {}
  }
  @Public()
  @Roles('admin')
  @Controller('f')
  class PublicClassWithRoles {
    @Get()
    get() {}
  }
  class Base {
    @Public()
    @Roles('admin')
    @Get('inherited')
    get() {}
  }
  @Controller('g')
  class Inheriting extends Base {}
  @Controller('h')
  class NonsenseDuration {
    @RequireRecentAuth('soon' as never)
    @Get()
    get() {}
  }

  it.each<[Type, RegExp]>([
    [PublicWithRoles, /PublicWithRoles\.get: is open .* Remove one of the decorators/],
    [PublicWithPermissions, /PublicWithPermissions\.get/],
    [PublicWithRecentAuth, /PublicWithRecentAuth\.get/],
    [PublicAndOptional, /PublicAndOptional\.get/],
    [OptionalWithRoles, /OptionalWithRoles\.get/],
    [PublicClassWithRoles, /PublicClassWithRoles/],
    [Inheriting, /Inheriting\.get/],
    [NonsenseDuration, /NonsenseDuration\.get: .*"soon" is not a duration/],
  ])('with a handler that contradicts itself: %o', async (controller, message) => {
    await expect(startAuthApp({ controllers: [controller], logger: false })).rejects.toThrow(message);
  });

  it('and names every contradiction at once', async () => {
    await expect(startAuthApp({ controllers: [PublicWithRoles, PublicAndOptional], logger: false })).rejects.toThrow(
      /\(2\):[^]*PublicWithRoles\.get[^]*PublicAndOptional\.get/,
    );
  });

  @Controller('i')
  class WantsRoles {
    @Roles('admin')
    @Get()
    get() {}
  }
  @Controller('j')
  class WantsSomebody {
    @OptionalAuth()
    @Get()
    get() {}
  }

  it.each([WantsRoles, WantsSomebody])('with a decorator and without AuthModule: %o', async (controller) => {
    @Module({ controllers: [controller] })
    class ForgetfulModule {}

    await expect(NestFactory.create(ForgetfulModule, { logger: false, abortOnError: false })).rejects.toThrow(/AuthGuard/);
  });

  it('but does with decorators on class and handler that say different things', async () => {
    @Public()
    @Controller('k')
    class OpenClass {
      @Roles('admin')
      @Get()
      get() {}
    }
    const app = await startAuthApp({ controllers: [OpenClass] });

    await app.http().get('/k').expect(401);
    await app.close();
  });
});

describe('what is not HTTP', () => {
  @Controller()
  class Gateway {
    closed() {}

    @Public()
    open() {}

    who(@CurrentUser() user: unknown) {
      return user;
    }
  }

  it.each(['rpc', 'ws', 'graphql'])('is refused unless it is public: %s', async (type) => {
    const app = await startAuthApp();
    const guard = app.get(AuthGuard);
    const context = (handler: () => void) => {
      const host = new ExecutionContextHost([{ headers: {} }, {}], Gateway, handler);
      host.setType(type);
      return host;
    };

    expect(() => guard.canActivate(context(Gateway.prototype.closed))).toThrow('Sign in first');
    expect(guard.canActivate(context(Gateway.prototype.open))).toBe(true);
    await app.close();
  });
});

describe('refusals of others', () => {
  @Controller('teapot')
  class TeapotController {
    @Public()
    @Get()
    get() {
      throw new ForbiddenException('Not your tea');
    }
  }

  it('are left as they are', async () => {
    const app = await startAuthApp({ controllers: [TeapotController] });

    const { body } = await app.http().get('/teapot').expect(403);
    expect(body).toEqual({ statusCode: 403, error: 'Forbidden', message: 'Not your tea' });
    const missing = await app.http().get('/no-such-route').expect(404);
    expect(missing.body).not.toHaveProperty('errorCode');
    await app.close();
  });
});
