import { ArrayMaxSize, IsArray, IsNotEmpty, IsString, MaxLength, MayBeMissing } from '../../common/field-rules.js';
import { EmailDto } from '../../core/access/email.dto.js';
import { DeliveryDto } from '../../core/sign-in/sign-in.dto.js';

export class InviteDto extends EmailDto {
  @MayBeMissing()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  roles?: string[];
}

/** Beside the fields of the host's profile. */
export class AcceptInvitationDto extends DeliveryDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  token: string;

  @IsString()
  @IsNotEmpty()
  password: string;
}
