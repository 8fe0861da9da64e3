// The first half of the same guide: passport-local looks at the password, @nestjs/jwt signs. Users are in a table, hashes are bcrypt's,
// which the guide leaves to its reader.
import bcrypt from 'bcrypt';
import { Controller, HttpCode, Injectable, Post, Req, UnauthorizedException, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import passportLocal from 'passport-local';
import { settings } from './application.mjs';
import { decorateClass, decorateMethod, decorateParameter } from './decorate.mjs';
import { statementAnswers } from './statements.mjs';
import { openUsersTable } from './users-table.mjs';

const table = await openUsersTable(settings.database);

class LocalStrategy extends PassportStrategy(passportLocal.Strategy) {
  constructor() {
    super({ usernameField: 'email' });
  }

  async validate(email, password) {
    const user = await table.find(email);
    if (user === null || !(await bcrypt.compare(password, user.password_hash))) throw new UnauthorizedException();
    return { userId: user.id, username: user.email };
  }
}
decorateClass(LocalStrategy, [Injectable()]);

class LocalAuthGuard extends AuthGuard('local') {}
decorateClass(LocalAuthGuard, [Injectable()]);

class SignInController {
  constructor(jwt) {
    this.jwt = jwt;
  }

  async signIn({ user }) {
    return { accessToken: await this.jwt.signAsync({ username: user.username, sub: user.userId }) };
  }
}
decorateMethod(SignInController, 'signIn', [UseGuards(LocalAuthGuard), Post('sign-in'), HttpCode(200)]);
decorateParameter(SignInController, 'signIn', 0, Req());
decorateClass(SignInController, [Controller()], [JwtService]);

export const controllers = [SignInController];
export const providers = [LocalStrategy];
export const answers = {
  users: ({ count, password }) => table.create({ count, password, cost: settings.cost }),
  ...statementAnswers,
};
