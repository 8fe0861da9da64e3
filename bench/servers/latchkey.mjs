// The same application with AuthModule: one open route and one that the global guard protects.
import { Module } from '@nestjs/common';
import { AccountsService, AuthModule, bcrypt, Public, SignInService } from 'nestjs-latchkey';
import { MemoryStorage } from 'nestjs-latchkey/testing';
import { portOf, serve, settings, start } from './application.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';

class LatchkeyModule {}
decorateClass(LatchkeyModule, [
  Module({
    imports: [
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        storage: MemoryStorage.forRoot(),
        // Hashing is not what is measured here.
        hasher: bcrypt({ cost: 4 }),
      }),
    ],
    controllers: [measuredController('measured'), measuredController('open', [Public()])],
  }),
]);

const app = await start(LatchkeyModule);

/** Opens sessions of one account as `POST /auth/signin` does. */
async function credentials({ delivery, count }) {
  const email = `${delivery}@example.com`;
  const { password } = settings;
  await app.get(AccountsService, { strict: false }).signUp({ email, password, delivery });
  const signIns = app.get(SignInService, { strict: false });
  const opened = [];
  for (let made = 0; made < count; made++) {
    const { issued } = await signIns.signIn({ email, password, delivery });
    opened.push(issued.credentials);
  }
  return opened;
}

serve({ port: portOf(app) }, { credentials });
