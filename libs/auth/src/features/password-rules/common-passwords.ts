import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

/** The shipped list of common passwords and words, unpacked when it is first asked for and then kept. Entries are in lower case. */
export class CommonPasswords {
  private loading: Promise<ReadonlySet<string>> | undefined;

  /** One look-up in it takes the same short time however long it is. */
  entries(): Promise<ReadonlySet<string>> {
    this.loading ??= unpacked();
    return this.loading;
  }
}

async function unpacked(): Promise<ReadonlySet<string>> {
  const { COMMON_PASSWORDS } = await import('./common-passwords.data.js');
  const text = await promisify(brotliDecompress)(Buffer.from(COMMON_PASSWORDS, 'base64'));
  return new Set(text.toString('latin1').split('\n'));
}
