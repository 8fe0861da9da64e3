import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  OnAuthEvent,
  type PasswordRule,
  type SignInPolicy,
  type SignUpPolicy,
  UsePasswordPolicy,
  UseSignInPolicy,
  UseSignUpPolicy,
} from 'nestjs-latchkey';
import { describe, expect, it } from 'vitest';
import { startAuthApp } from './auth-app.js';

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}

@Injectable()
@UseSignInPolicy()
class InjectsTheRequest implements SignInPolicy {
  constructor(@Inject(REQUEST) readonly request: object) {}

  beforeSession(): void {}
}

@Injectable()
@UseSignUpPolicy()
class InjectsSomethingPerRequest implements SignUpPolicy {
  constructor(readonly one: PerRequest) {}

  beforeSignUp(): void {}
}

@Injectable({ scope: Scope.TRANSIENT })
@UsePasswordPolicy()
class PerInjection implements PasswordRule {
  check() {
    return [];
  }
}

@Injectable({ scope: Scope.REQUEST })
class ListensPerRequest {
  @OnAuthEvent('user.signedUp')
  greet(): void {}
}

describe('what would be made anew for each request', () => {
  it.each([
    ['a policy', InjectsTheRequest],
    ['a policy', InjectsSomethingPerRequest],
    ['a policy', PerInjection],
    ['a listener', ListensPerRequest],
  ])('is not %s: the application does not start (%o)', async (role, provider) => {
    const started = startAuthApp({ providers: [PerRequest, provider], logger: false });

    await expect(started).rejects.toThrow(`${provider.name}: is ${role}, but there is one of it per request`);
  });

  it('may be anything else', async () => {
    const app = await startAuthApp({ providers: [PerRequest] });

    await app.signUp('ada@example.com').expect(201);
    await app.close();
  });
});
