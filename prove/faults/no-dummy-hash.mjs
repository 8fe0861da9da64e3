import foreignBcrypt from 'bcrypt';
import { PasswordsService } from 'nestjs-latchkey';

class PasswordsWithoutDummy extends PasswordsService {
  async verify(password, hash) {
    const normalised = this.normalise(password);
    if (hash === null || hash === undefined) return false;
    return hash.startsWith('$2') ? foreignBcrypt.compare(normalised, hash) : this.hasher.verify(normalised, hash);
  }
}

export const overrides = [{ provide: PasswordsService, useClass: PasswordsWithoutDummy }];
