import { IsNotEmpty, IsString, MaxLength } from '../../common/field-rules.js';

export class ResetPasswordDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;

  @IsString()
  @IsNotEmpty()
  password: string;
}
