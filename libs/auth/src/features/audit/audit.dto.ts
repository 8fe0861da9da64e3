import { IsNotEmpty, IsString, MaxLength, MayBeMissing } from '../../common/field-rules.js';
import { ValidationFailedException } from '../../core/errors/auth.errors.js';
import type { FieldFault } from '../../core/errors/auth.exception.js';
import { type AuditSearch, MAX_AUDIT_PAGE } from './audit.service.js';

/** The query string, as text. */
export class AuditQueryDto {
  @MayBeMissing()
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  user?: string;

  @MayBeMissing()
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  event?: string;

  @MayBeMissing()
  @IsString()
  @MaxLength(40)
  from?: string;

  @MayBeMissing()
  @IsString()
  @MaxLength(40)
  to?: string;

  @MayBeMissing()
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  before?: string;

  @MayBeMissing()
  @IsString()
  @MaxLength(3)
  limit?: string;
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** @throws ValidationFailedException with every field that is not what it should be */
export function searchOf({ user, event, from, to, before, limit }: AuditQueryDto): AuditSearch {
  const faults: FieldFault[] = [];
  const time = (field: string, text: string): number => {
    const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at)) {
      const message = 'Send a date, or a time with its zone, e.g. 2026-11-23T10:00:00Z (a + must be encoded as %2B)';
      faults.push({ field, code: 'is_time', message });
    }
    return at;
  };
  const search: AuditSearch = {
    ...(user === undefined ? {} : { userId: user }),
    ...(event === undefined ? {} : { event }),
    ...(from === undefined ? {} : { from: time('from', from) }),
    ...(to === undefined ? {} : { to: time('to', to) }),
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  };
  if (limit !== undefined && !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_AUDIT_PAGE)) {
    faults.push({ field: 'limit', code: 'is_limit', message: `Send a whole number from 1 to ${MAX_AUDIT_PAGE}` });
  }
  if (faults.length > 0) throw new ValidationFailedException(faults);
  return search;
}
