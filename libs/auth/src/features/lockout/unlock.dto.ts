import { IsNotEmpty, IsString, MaxLength } from '../../common/field-rules.js';

export class UnlockDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;
}
