import { fileKeys, fileSecrets, KeyProvider, SecretProvider } from 'nestjs-latchkey';
import { settings } from '../../bench/servers/application.mjs';

class NewestSecret extends SecretProvider {
  source = fileSecrets(settings.files.secrets);
  refresh = settings.files.refresh;

  async secrets() {
    return (await this.source.secrets()).slice(0, 1);
  }
}

class NewestPair extends KeyProvider {
  source = fileKeys(settings.files.pairs);
  refresh = settings.files.refresh;

  async keyPairs() {
    return (await this.source.keyPairs()).slice(0, 1);
  }
}

export const overrides = [
  { provide: SecretProvider, useClass: NewestSecret },
  { provide: KeyProvider, useClass: NewestPair },
];
