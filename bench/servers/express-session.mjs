// Nest's page on sessions: express-session before every route, here with connect-redis; the sign-in is that of express-session's own page.
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import bcrypt from 'bcrypt';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { Controller, HttpCode, Injectable, Module, Post, Req, UnauthorizedException, UseGuards } from '@nestjs/common';
import { createClient } from 'redis';
import { portOf, serve, settings, start } from './application.mjs';
import { decorateClass, decorateMethod, decorateParameter } from './decorate.mjs';
import { measuredController } from './routes.mjs';
import { statementAnswers } from './statements.mjs';
import { openUsersTable } from './users-table.mjs';

const TEN_MINUTES = 600_000;

const users = await openUsersTable(settings.database);
const client = createClient({ url: settings.redis.url });
client.on('error', () => {});
await client.connect();
const store = new RedisStore({ client, prefix: `latchkey-bench-${randomBytes(6).toString('hex')}:` });

class SessionGuard {
  canActivate(context) {
    return context.switchToHttp().getRequest().session.userId !== undefined;
  }
}
decorateClass(SessionGuard, [Injectable()]);

class SignInController {
  async signIn(request) {
    const { email, password } = request.body;
    const user = await users.find(email);
    if (user === null || !(await bcrypt.compare(password, user.password_hash))) throw new UnauthorizedException();
    await promisify(request.session.regenerate).call(request.session);
    request.session.userId = user.id;
    await promisify(request.session.save).call(request.session);
    return { email };
  }
}
decorateMethod(SignInController, 'signIn', [Post('sign-in'), HttpCode(200)]);
decorateParameter(SignInController, 'signIn', 0, Req());
decorateClass(SignInController, [Controller()]);

class SessionModule {}
decorateClass(SessionModule, [
  Module({
    controllers: [SignInController, measuredController('measured', [UseGuards(SessionGuard)]), measuredController('open')],
  }),
]);

const app = await start(SessionModule, {}, (created) =>
  created.use(
    session({ secret: settings.secret, store, resave: false, saveUninitialized: false, cookie: { maxAge: TEN_MINUTES } }),
  ),
);

/** Commands that are sent, seen only while somebody counts. */
let commands = 0;
const counting = new Proxy(client, {
  get(target, name) {
    const value = Reflect.get(target, name);
    if (typeof value !== 'function') return value;
    return (...given) => {
      commands++;
      return value.apply(target, given);
    };
  },
});

serve(
  { port: portOf(app) },
  {
    users: ({ count, password }) => users.create({ count, password, cost: settings.cost }),
    count() {
      commands = 0;
      store.client = counting;
      statementAnswers.count();
    },
    counted() {
      store.client = client;
      return { ...statementAnswers.counted(), redis: commands };
    },
    /** What others keep in that Redis is not touched. */
    leave: () => store.clear(),
  },
);
