import foreignBcrypt from 'bcrypt';
import { PasswordHasher } from 'nestjs-latchkey';
import { settings } from '../../bench/servers/application.mjs';

class BlockingHasher extends PasswordHasher {
  async hash(password) {
    return foreignBcrypt.hashSync(password, settings.hashCost);
  }

  async verify(password, hash) {
    return foreignBcrypt.compareSync(password, hash);
  }

  async equalise(password) {
    foreignBcrypt.hashSync(password, settings.hashCost);
  }

  recognises() {
    return true;
  }

  needsRehash() {
    return false;
  }
}

export const overrides = [{ provide: PasswordHasher, useClass: BlockingHasher }];
