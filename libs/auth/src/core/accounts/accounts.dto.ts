import { IsNotEmpty, IsString, MaxLength, MayBeMissing } from '../../common/field-rules.js';
import { DeliveryDto } from '../sign-in/sign-in.dto.js';

/** Beside the fields of the host's profile. */
export class SignUpDto extends DeliveryDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  email: string;

  @IsString()
  @IsNotEmpty()
  password: string;
}

export class ChangePasswordDto {
  @IsString()
  @IsNotEmpty()
  currentPassword: string;

  @IsString()
  @IsNotEmpty()
  newPassword: string;
}

export class ConfirmEmailDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;
}

export class DeleteAccountDto {
  @MayBeMissing()
  @IsString()
  @IsNotEmpty()
  password?: string;
}
