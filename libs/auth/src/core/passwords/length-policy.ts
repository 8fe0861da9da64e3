import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { type PasswordFault, PasswordPolicy } from '../ports/password-policy.js';

/** The built-in policy: length in code points, and no rules about which characters (NIST SP 800-63B-4 section 3.1.1.2). */
@Injectable()
export class PasswordLengthPolicy extends PasswordPolicy {
  constructor(@Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions) {
    super();
  }

  async check(password: string): Promise<PasswordFault[]> {
    const { minLength, maxLength } = this.options.passwords;
    const length = [...password].length;
    if (length < minLength) return [{ code: 'password_too_short', message: `At least ${minLength} characters` }];
    if (length > maxLength) return [{ code: 'password_too_long', message: `At most ${maxLength} characters` }];
    return [];
  }
}
