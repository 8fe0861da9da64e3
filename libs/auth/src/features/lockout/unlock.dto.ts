import { IsNotEmpty, IsString, MaxLength } from 'class-validator';

export class UnlockDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;
}
