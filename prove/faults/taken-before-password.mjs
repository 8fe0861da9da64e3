import { AccountsService, foldEmail } from 'nestjs-latchkey';

class HastySignUp extends AccountsService {
  async signUp(request, client) {
    const isTaken = (await this.users.findByEmail(foldEmail(request.email))) !== null;
    return isTaken ? { status: 'pending', answer: { status: 'confirmation_sent' } } : super.signUp(request, client);
  }
}

export const overrides = [{ provide: AccountsService, useClass: HastySignUp }];
