import { IsOptional, IsString, MaxLength } from '../../common/field-rules.js';

/** The profile of a host that does not name its own: a display name. */
export class DefaultProfile {
  @IsOptional()
  @IsString()
  @MaxLength(100)
  name?: string | null;
}
