import { Command } from 'commander';
import { randomToken } from '../../core/crypto/random.js';
import type { Terminal } from '../terminal.js';

/** `generate-secret`: one clean line, so that it can be piped into a secret store or an `.env` file. */
export const generateSecret = (terminal: Terminal): Command =>
  new Command('generate-secret')
    .description('print a new secret for AuthModule: 32 random bytes, base64url')
    .addHelpText('after', '\nExample:\n  $ echo "AUTH_SECRET=$(npx nestjs-latchkey generate-secret)" >> .env')
    .action(() => terminal.out(randomToken()));
