import { IsBoolean, IsIn, IsNotEmpty, IsString, MaxLength, MayBeMissing } from '../../common/field-rules.js';
import type { SessionDelivery } from '../ports/session.repository.js';

/** Where a session is opened, how the client wants to hold it. */
export class DeliveryDto {
  @MayBeMissing()
  @IsIn(['bearer', 'cookie'])
  delivery?: SessionDelivery;

  /** Has no effect on bearer delivery. */
  @MayBeMissing()
  @IsBoolean()
  remember?: boolean;
}

export class SignInDto extends DeliveryDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  email: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  password: string;

  @MayBeMissing()
  @IsString()
  @MaxLength(4096)
  challengeResponse?: string;
}

export class RefreshDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  refreshToken: string;
}

export class SignOutDto {
  @MayBeMissing()
  @IsString()
  @MaxLength(1024)
  refreshToken?: string;
}

export class StepUpDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  password: string;
}
