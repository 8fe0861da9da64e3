// The guide of docs.nestjs.com ("Passport: JWT functionality"): @nestjs/jwt signs, passport-jwt verifies, AuthGuard('jwt') guards.
import { createSecretKey } from 'node:crypto';
import { Injectable, Module, UseGuards } from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import passportJwt from 'passport-jwt';
import { portOf, serve, settings, start } from './application.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';

class JwtStrategy extends PassportStrategy(passportJwt.Strategy) {
  constructor() {
    super({
      jwtFromRequest: passportJwt.ExtractJwt.fromAuthHeaderAsBearerToken(),
      ignoreExpiration: false,
      secretOrKey: settings.keyObject ? createSecretKey(Buffer.from(settings.secret)) : settings.secret,
    });
  }

  async validate(payload) {
    return { userId: payload.sub, username: payload.username };
  }
}
decorateClass(JwtStrategy, [Injectable()]);

class JwtAuthGuard extends AuthGuard('jwt') {}
decorateClass(JwtAuthGuard, [Injectable()]);

const signIn = settings.database ? await import('./stock-sign-in.mjs') : { controllers: [], providers: [], answers: {} };

class StockModule {}
decorateClass(StockModule, [
  Module({
    imports: [PassportModule, JwtModule.register({ secret: settings.secret, signOptions: { expiresIn: '1h' } })],
    controllers: [measuredController('measured', [UseGuards(JwtAuthGuard)]), ...signIn.controllers],
    providers: [JwtStrategy, ...signIn.providers],
  }),
]);

const app = await start(StockModule);
const jwt = app.get(JwtService, { strict: false });

const credentials = ({ count }) =>
  Array.from({ length: count }, (_, index) => ({ accessToken: jwt.sign({ sub: index, username: `user${index}` }) }));

serve({ port: portOf(app) }, { credentials, ...signIn.answers });
