import { PasswordsService } from 'nestjs-latchkey';

class PasswordsWithoutDummy extends PasswordsService {
  async verify(password, hash) {
    return hash === null || hash === undefined ? false : this.hasher.verify(this.normalise(password), hash);
  }
}

export const fault = {
  title: 'no hash is computed for accounts that do not exist, and a weaker one is not made up for',
  overrides: [{ provide: PasswordsService, useClass: PasswordsWithoutDummy }],
};
