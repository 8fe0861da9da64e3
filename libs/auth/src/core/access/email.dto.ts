import { IsNotEmpty, IsString, MaxLength } from '../../common/field-rules.js';
import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import { ValidationFailedException } from '../errors/auth.errors.js';

/** For requests that only name an address. */
export class EmailDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  email: string;
}

/** The folded address. @throws ValidationFailedException when mail cannot be sent there, whether or not it has an account */
export function addressOf(email: string): string {
  const folded = foldEmail(email);
  if (isEmailAddress(folded)) return folded;
  throw new ValidationFailedException([{ field: 'email', code: 'is_email', message: 'This is no e-mail address' }]);
}
