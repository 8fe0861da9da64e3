import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
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

export class DeleteAccountDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  password?: string;
}
