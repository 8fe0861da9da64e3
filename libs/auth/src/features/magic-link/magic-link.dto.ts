import { IsNotEmpty, IsString, MaxLength } from '../../common/field-rules.js';
import { DeliveryDto } from '../../core/sign-in/sign-in.dto.js';

export class VerifyMagicLinkDto extends DeliveryDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;
}
