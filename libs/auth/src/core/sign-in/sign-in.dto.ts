import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import type { SessionDelivery } from '../ports/session.repository.js';

/** Where a session is opened, how the client wants to hold it. */
export class DeliveryDto {
  @IsOptional()
  @IsIn(['bearer', 'cookie'])
  delivery?: SessionDelivery;

  /** Has no effect on bearer delivery. */
  @IsOptional()
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
}

export class RefreshDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(1024)
  refreshToken: string;
}

export class SignOutDto {
  @IsOptional()
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
