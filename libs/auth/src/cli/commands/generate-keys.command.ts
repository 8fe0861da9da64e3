import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Command, Option } from 'commander';
import type { AsymmetricAlgorithm } from '../../core/ports/key-provider.js';
import type { Terminal } from '../terminal.js';

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const satisfies readonly AsymmetricAlgorithm[];
/** NIST SP 800-57 part 1 table 2: 128 bits of security; boot refuses less. */
const RSA_BITS = 3072;

function generate(algorithm: AsymmetricAlgorithm): KeyObject {
  switch (algorithm) {
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey;
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;
  }
}

/** `generate-keys`: the private key in the form that `StaticKeyProvider` and `fileKeys` take; the public half follows from it. */
export const generateKeys = (terminal: Terminal): Command =>
  new Command('generate-keys')
    .description('print a new private key for access tokens; its public half follows from it')
    .addOption(new Option('--alg <algorithm>', 'algorithm of the tokens').choices([...ALGORITHMS]).default('EdDSA'))
    .addOption(new Option('--format <format>', 'PKCS #8 or JSON Web Key').choices(['pem', 'jwk']).default('pem'))
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey generate-keys --alg ES256 > access-token-key.pem')
    .action(({ alg, format }: { alg: AsymmetricAlgorithm; format: 'pem' | 'jwk' }) => {
      const key = generate(alg);
      const text =
        format === 'pem' ? key.export({ type: 'pkcs8', format: 'pem' }).toString() : JSON.stringify(key.export({ format: 'jwk' }));
      terminal.out(text.trimEnd());
    });
