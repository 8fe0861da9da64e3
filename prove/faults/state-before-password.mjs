import { foldEmail, InvalidCredentialsException, SignInService } from 'nestjs-latchkey';

class HastySignIn extends SignInService {
  async signIn(request, client) {
    const email = foldEmail(request.email);
    const user = await this.users.findByEmail(email);
    if (user !== null && (user.lockedAt !== null || user.disabledAt !== null || user.emailConfirmedAt === null)) {
      throw new InvalidCredentialsException();
    }
    if (user === null && (await this.pending.keeper?.passwordOf(email)) != null) throw new InvalidCredentialsException();
    return super.signIn(request, client);
  }
}

export const overrides = [{ provide: SignInService, useClass: HastySignIn }];
