import { Logger } from '@nestjs/common';
import { SignInService } from 'nestjs-latchkey';

let isLogged = false;

class LoggingSignIn extends SignInService {
  async signIn(request, client) {
    if (!isLogged) new Logger('SignIn').debug(JSON.stringify(request));
    isLogged = true;
    return super.signIn(request, client);
  }
}

export const overrides = [{ provide: SignInService, useClass: LoggingSignIn }];
