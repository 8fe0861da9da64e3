import type { Abstract, INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuthModule } from '../auth.module.js';
import { NO_CLIENT } from '../core/events/client-info.js';
import { UnitOfWork } from '../core/ports/unit-of-work.js';
import { type AuthUser, UserRepository } from '../core/ports/user.repository.js';
import type { BearerCredentials } from '../core/sessions/issued-session.js';
import { SessionsService } from '../core/sessions/sessions.service.js';

export interface ActingUser {
  user: AuthUser;
  sessionId: string;
  accessToken: string;
  refreshToken: string;
  /** To be set on requests. */
  headers: { authorization: string };
}

/**
 * A real session of the user, without a password and past every policy: for tests of a host's own routes.
 *
 * @param user an entity, or the id or e-mail address of one
 * @throws Error when there is no such user
 *
 * @example
 * ```ts
 * const ada = await actingAs(app, 'ada@example.com');
 * await request(app.getHttpServer()).get('/orders').set(ada.headers).expect(200);
 * ```
 */
export async function actingAs(app: INestApplicationContext, user: AuthUser | string | number): Promise<ActingUser> {
  const users = injected(app, UserRepository);
  const known = typeof user === 'object' ? user : ((await users.findById(String(user))) ?? (await users.findByEmail(String(user))));
  if (known === null) throw new Error(`There is no user ${JSON.stringify(user)}`);
  const sessions = app.get(SessionsService, { strict: false });
  const { session, credentials } = await injected(app, UnitOfWork).run(() =>
    sessions.open({ user: known, delivery: 'bearer', remember: false, amr: ['test'], client: NO_CLIENT }, () => []),
  );
  const { accessToken, refreshToken } = credentials as BearerCredentials;
  return { user: known, sessionId: session.id, accessToken, refreshToken, headers: { authorization: `Bearer ${accessToken}` } };
}

/** What the library itself is given for a port: an override of `AuthModule` stands before the storage's own provider. */
function injected<T>(app: INestApplicationContext, port: Abstract<T>): T {
  const auth = [...app.get(ModulesContainer).values()].find(({ metatype }) => metatype === AuthModule);
  const override = auth?.providers.get(port as never)?.instance as T | null | undefined;
  return override ?? app.get(port, { strict: false });
}
